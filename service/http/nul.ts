import { jsonPointer } from "../../infra/spec/index.ts";
import { textsIn } from "../../infra/spec/texts-in.ts";
import type { FieldProblem } from "./problem.ts";

/** Texts with a NUL in them, which no database column can hold; schemas of free text allow it. */
export function nulProblems(value: unknown): Omit<FieldProblem, "in">[] {
  return [...textsIn(value)]
    .filter(({ text }) => text.includes("\0"))
    .map(({ path }) => {
      // A name that holds one is not repeated.
      const until = path.findIndex((part) => String(part).includes("\0"));
      return {
        pointer: jsonPointer(until === -1 ? path : path.slice(0, until)),
        detail: "Expected text without NUL characters (U+0000).",
      };
    });
}
