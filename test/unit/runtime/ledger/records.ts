import type { LedgerOwner, LedgerRecord } from "../../../../runtime/ledger/entry.ts";

export const owner: LedgerOwner = { tenant: "acme", pipeline: "exports", generation: 1 };

/** A copied key. */
export function record(key: string, over: Partial<LedgerRecord> = {}): LedgerRecord {
  return {
    at: "2026-01-31T12:00:00.000Z",
    target: "az",
    key,
    pin: "e",
    size: 3,
    state: "copied",
    reason: null,
    class: null,
    action: null,
    how: "stream",
    checksum: { algorithm: "CRC64NVME", value: "6QwzcQZGl6k=", basis: "source" },
    name: key,
    startedAt: "2026-01-31T12:00:00.000Z",
    seconds: 0.1,
    attempts: 1,
    ...over,
  };
}
