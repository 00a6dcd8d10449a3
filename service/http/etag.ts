import { createHash } from "node:crypto";
import { RequestProblem } from "./problem.ts";

/**
 * A pipeline's ETag: `"<generation>-<revision>"`. The revision changes with whatever the representation shows; the generation only with
 * the spec, and it is what If-Match holds on to: that an operation ended meanwhile is no reason to refuse a change.
 */
export function etagOf(pipeline: { generation: number; revision: number }): string {
  return `"${pipeline.generation}-${pipeline.revision}"`;
}

/** The same for what has no revision: the part that If-Match holds on to, then a digest of all that is shown. */
export function etagOver(held: string, body: unknown): string {
  return `"${held}-${shortDigest(JSON.stringify(body))}"`;
}

export function shortDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** @throws RequestProblem `precondition-failed` when the If-Match header names other generations only; `invalid-request` */
export function checkIfMatch(header: string | undefined, generation: number): void {
  requireMatch(header, String(generation), `the pipeline is at generation ${generation}`);
}

/**
 * RFC 9110, 13.1.1. Tags are compared by what stands before the dash; a weak one never matches.
 * @param now - How things are instead, for whoever is refused.
 * @throws RequestProblem `precondition-failed`; `invalid-request` for what is no list of tags.
 */
export function requireMatch(header: string | undefined, held: string, now: string): void {
  if (header === undefined || header.trim() === "*") return;
  const tags = tagsIn(header);
  if (tags.some(({ weak, tag }) => !weak && tag.split("-")[0] === held)) return;
  const why = tags.every(({ weak }) => weak) ? ", which as a weak tag never matches," : "";
  throw new RequestProblem(
    "precondition-failed",
    `If-Match is ${header}${why} and ${now}. GET the resource, look at what changed, and send the request again with its ETag.`,
  );
}

const entityTag = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;

function tagsIn(header: string): { weak: boolean; tag: string }[] {
  const rest = header.replaceAll(entityTag, "tag").split(",");
  const isList = rest.every((one) => ["", "tag"].includes(one.trim()));
  const tags = [...header.matchAll(entityTag)].map(([, weak, tag = ""]) => ({
    weak: weak !== undefined,
    tag,
  }));
  if (isList && tags.length > 0) return tags;
  const detail = 'Expected * or ETags as a GET gave them, with their quotes: "3-17", "4-20".';
  throw new RequestProblem("invalid-request", `If-Match: ${detail}`, {
    errors: [{ in: "header", pointer: "/If-Match", detail }],
  });
}
