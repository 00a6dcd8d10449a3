import { createHash } from "node:crypto";
import type { z } from "zod";
import type { AuditEntry } from "./schema.ts";

/** The hash that the first entry holds as its previous one's. */
export const beginning = "0".repeat(64);

export type Entry = z.output<typeof AuditEntry>;

/** Over everything an entry says, the hash of the one before included; the order of fields is part of the format. */
export function hashOf(entry: Omit<Entry, "hash">): string {
  const { principal } = entry;
  const said = [
    entry.seq,
    entry.at,
    principal.id,
    principal.name,
    principal.kind,
    entry.action,
    entry.outcome,
    entry.tenant,
    entry.target,
    entry.detail,
    entry.before,
    entry.after,
    entry.requestId,
    entry.from,
    entry.previous,
  ];
  return createHash("sha256").update(JSON.stringify(said)).digest("hex");
}

export interface Verdict {
  ok: boolean;
  /** How many entries were looked at. */
  entries: number;
  /** The last good one: whoever keeps it elsewhere can tell later whether the end was cut off. */
  head: { seq: number; hash: string };
  broken: { seq: number; why: string } | null;
}

/**
 * Walks the chain from its beginning and stops at the first link that does not hold.
 * @param kept - An earlier head: with it an end that was cut off, or a whole chain written anew, shows too.
 */
export async function verifyChain(
  entries: AsyncIterable<Entry>,
  kept?: { seq: number; hash: string },
): Promise<Verdict> {
  let head = { seq: 0, hash: beginning };
  let count = 0;
  for await (const entry of entries) {
    const why = wrongWith(entry, head) ?? otherThan(kept, entry);
    if (why !== undefined) {
      return { ok: false, entries: count, head, broken: { seq: entry.seq, why } };
    }
    head = { seq: entry.seq, hash: entry.hash };
    count += 1;
  }
  if (kept !== undefined && head.seq < kept.seq) {
    const why = `The log ends at entry ${head.seq}, but entry ${kept.seq} was there once: its end was cut off.`;
    return { ok: false, entries: count, head, broken: { seq: head.seq + 1, why } };
  }
  return { ok: true, entries: count, head, broken: null };
}

function otherThan(kept: Verdict["head"] | undefined, entry: Entry): string | undefined {
  return kept?.seq !== entry.seq || kept.hash === entry.hash
    ? undefined
    : "It has another hash than was kept of it: the log up to here was written anew.";
}

function wrongWith(entry: Entry, head: Verdict["head"]): string | undefined {
  if (entry.seq !== head.seq + 1) {
    return `It follows entry ${head.seq}: what was between them is gone.`;
  }
  if (entry.previous !== head.hash) {
    return `It holds another hash of entry ${head.seq} than that entry has: one of them was changed.`;
  }
  return hashOf(entry) === entry.hash
    ? undefined
    : "Its hash is not that of what it says: it was changed.";
}
