import type { FieldProblem } from "./problem.ts";

type Found = Omit<FieldProblem, "in">;

/** Texts with a NUL in them, which no database column can hold; schemas of free text allow it. */
export function nulProblems(value: unknown, pointer = ""): Found[] {
  if (typeof value === "string") return value.includes("\0") ? [found(pointer)] : [];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key.includes("\0")
      ? [found(pointer)]
      : nulProblems(part, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
}

function found(pointer: string): Found {
  return { pointer, detail: "Expected text without NUL characters (U+0000)." };
}
