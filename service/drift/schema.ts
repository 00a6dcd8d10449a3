import { z } from "zod";
import { PreviewStep } from "../previews/schema.ts";

const moment = z.iso.datetime();

export const Drift = z
  .object({
    tenant: z.string(),
    pipeline: z.string(),
    state: z.enum(["unknown", "none", "drifted"]).meta({
      description: "unknown: nobody has looked yet. drifted: something was changed by hand.",
    }),
    resources: z.int().meta({ description: "How many resources are not as they were built." }),
    lookedAt: moment.nullable(),
    nextLookAt: moment.nullable().meta({ description: "null: nobody looks unasked." }),
    operation: z.string().nullable().meta({ description: "The operation that looked." }),
    steps: z.array(PreviewStep).meta({
      description:
        "delete: it is gone. update: `before` is as it was built, `after` as it is. Left out of lists.",
    }),
    links: z.object({
      self: z.string().meta({ description: "POST to look now." }),
      pipeline: z.string(),
      repair: z.string().meta({ description: "POST to put everything back." }),
    }),
  })
  .meta({ id: "Drift", description: "How a pipeline differs from what was built." });
export type Drift = z.output<typeof Drift>;
