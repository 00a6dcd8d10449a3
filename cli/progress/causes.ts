import type { LedgerRecord } from "../../runtime/ledger/entry.ts";

/** Records that share what went wrong. */
export interface Cause {
  readonly state: "failed" | "held";
  readonly class: string;
  readonly action: string | null;
  /** Of the first. */
  readonly reason: string;
  count: number;
  /** The first few keys. */
  readonly examples: string[];
}

const EXAMPLES = 5;
const MOST = 1_000;

/** Failures and held objects grouped by cause, in bounded memory however many there are. */
export class Causes {
  readonly #causes = new Map<string, Cause>();

  add(record: LedgerRecord): void {
    if (record.state !== "failed" && record.state !== "held") return;
    const { state, action, reason, key } = record;
    const kind = record.class ?? "Unknown";
    const id = `${state} ${kind} ${action ?? ""}`;
    let cause = this.#causes.get(id);
    if (cause === undefined) {
      if (this.#causes.size >= MOST) return;
      cause = { state, class: kind, action, reason: reason ?? "", count: 0, examples: [] };
      this.#causes.set(id, cause);
    }
    cause.count += 1;
    if (cause.examples.length < EXAMPLES) cause.examples.push(key);
  }

  has(kind: string): boolean {
    for (const cause of this.#causes.values()) if (cause.class === kind) return true;
    return false;
  }

  /** The most frequent first, failures before what is held. */
  list(): readonly Cause[] {
    return [...this.#causes.values()].sort(
      (a, b) => a.state.localeCompare(b.state) || b.count - a.count,
    );
  }
}
