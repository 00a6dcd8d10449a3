import { RequestProblem } from "./problem.ts";

/**
 * A pipeline's ETag: `"<generation>-<revision>"`. The revision changes with whatever the representation shows; the generation only with
 * the spec, and it is what If-Match holds on to: that an operation ended meanwhile is no reason to refuse a change.
 */
export function etagOf(pipeline: { generation: number; revision: number }): string {
  return `"${pipeline.generation}-${pipeline.revision}"`;
}

/** @throws RequestProblem `precondition-failed` when the If-Match header names other generations only. */
export function checkIfMatch(header: string | undefined, generation: number): void {
  if (header === undefined || header.trim() === "*") return;
  const tags = [...header.matchAll(/"([^"]*)"/g)].map(([, tag = ""]) => tag);
  if (tags.some((tag) => tag.split("-")[0] === String(generation))) return;
  throw new RequestProblem(
    "precondition-failed",
    `If-Match is ${header}, but the pipeline is at generation ${generation}. GET it, look at what changed, and send the request again with its ETag.`,
  );
}
