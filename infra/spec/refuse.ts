import type { z } from "zod";
import type { Breach } from "./secrets-in.ts";

export type { Breach } from "./secrets-in.ts";

/** Reports breaches of rules that span fields. */
export function refuse(context: z.RefinementCtx, breaches: readonly Breach[]): void {
  for (const { path, message } of breaches)
    context.addIssue({ code: "custom", path: [...path], message });
}
