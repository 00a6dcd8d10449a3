import { z } from "zod";

/** What a merged pull request needs to be applied as it was reviewed. Digests are cut to 128 bits: the comment has little room. */
const Entry = z.object({
  tenant: z.string(),
  pipeline: z.string(),
  /** Of the spec's bytes; empty for a deletion. */
  file: z.string(),
  path: z.string(),
  preview: z.string().optional(),
  digest: z.string().optional(),
  /** Of a deletion: the generation that was looked at. */
  generation: z.int().optional(),
});
export type StateEntry = z.output<typeof Entry>;

const State = z.object({ version: z.literal(1), commit: z.string(), entries: z.array(Entry) });
export type State = z.output<typeof State>;

const LINE = /^<!-- causeway:state ([A-Za-z0-9+/=]*) -->$/m;

/** One line that no reader sees. Base64: two hyphens would end an HTML comment for some readers. */
export function writeState(commit: string, entries: readonly StateEntry[]): string {
  const text = JSON.stringify({ version: 1, commit, entries });
  return `<!-- causeway:state ${Buffer.from(text).toString("base64")} -->`;
}

/** undefined: nobody wrote one, or somebody has changed it. */
export function readState(body: string): State | undefined {
  const [, encoded] = LINE.exec(body) ?? [];
  if (encoded === undefined) return undefined;
  try {
    return State.parse(JSON.parse(Buffer.from(encoded, "base64").toString("utf8")));
  } catch {
    return undefined;
  }
}

export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 32);
}
