import { states, type LedgerEntry, type TerminalState } from "./entry.ts";
import { hashOf } from "./hash.ts";

/** Objects and bytes in one terminal state. Bytes count the sizes that are known. */
export interface Sum {
  objects: number;
  bytes: number;
}

/** Every (key, target) of a run once, by the state it ended in; `objects` and `bytes` are the sums over the states. */
export type RunTotals = Sum & Record<TerminalState, Sum>;

/** Objects that failed or are held for the same reason. */
export interface Failure {
  state: TerminalState;
  class: string | null;
  action: string | null;
  target: string;
  objects: number;
  /** One of them. */
  sample: { key: string; reason: string | null };
}

export function noTotals(): RunTotals {
  const sums = Object.fromEntries(states.map((state) => [state, { objects: 0, bytes: 0 }]));
  return { objects: 0, bytes: 0, ...(sums as Record<TerminalState, Sum>) };
}

/** What the books take of a line. */
export type BooksLine = Pick<
  LedgerEntry,
  "target" | "key" | "at" | "size" | "state" | "class" | "action" | "reason"
>;

interface Group {
  readonly failure: Omit<Failure, "sample">;
  /** Some of its objects, for as long as they belong to it. */
  readonly samples: Map<string, Failure["sample"]>;
  newest: Failure["sample"];
}

const mostGroups = 200;
const startSlots = 1024;
const samplesKept = 16;

/**
 * The books of one run: the last line about a (key, target) wins, in whatever order the lines come; of two lines at the same
 * millisecond the later one read. Holds about 30 bytes per pair (a 64-bit hash, no keys), so a run of a million objects costs some 60 MB
 * at the fullest; two of a million pairs share a hash with a probability of 3 in 100 million.
 */
export class Books {
  readonly #totals = noTotals();
  readonly #groups: Group[] = [];
  readonly #groupNumbers = new Map<string, number>();
  #count = 0;
  #high = new Uint32Array(startSlots);
  #low = new Uint32Array(startSlots);
  #at = new Float64Array(startSlots);
  #size = new Float64Array(startSlots);
  /** 1 + index of the state; 0: the slot is free. */
  #state = new Uint8Array(startSlots);
  /** 1 + index of the group of failures; 0: none. */
  #group = new Uint16Array(startSlots);

  /** How many (key, target) pairs have an entry. */
  get pairs(): number {
    return this.#count;
  }

  enter(line: BooksLine): void {
    if (this.#count >= this.#state.length * 0.6) this.#grow();
    const [high, low] = hashOf(line.target, line.key);
    const slot = this.#slotOf(high, low);
    const at = Date.parse(line.at);
    if (this.#state[slot] !== 0) {
      if ((this.#at[slot] ?? 0) > at) return;
      this.#take(slot, -1);
      this.#groups[(this.#group[slot] ?? 0) - 1]?.samples.delete(line.key);
    } else {
      this.#count += 1;
      this.#high[slot] = high;
      this.#low[slot] = low;
    }
    this.#at[slot] = at;
    this.#size[slot] = line.size ?? 0;
    this.#state[slot] = 1 + states.indexOf(line.state);
    this.#group[slot] = this.#groupOf(line);
    this.#take(slot, 1);
  }

  /** Whether there is a line about its key and target. */
  has({ target, key }: Pick<BooksLine, "target" | "key">): boolean {
    return this.#state[this.#slotOf(...hashOf(target, key))] !== 0;
  }

  /** Whether a line is the last word about its key and target. */
  isLast(line: BooksLine): boolean {
    const slot = this.#slotOf(...hashOf(line.target, line.key));
    return (
      this.#state[slot] === 1 + states.indexOf(line.state) && this.#at[slot] === Date.parse(line.at)
    );
  }

  totals(): RunTotals {
    return structuredClone(this.#totals);
  }

  /** Largest group first. */
  failures(): Failure[] {
    return this.#groups
      .map(({ failure, samples, newest }) => {
        const [sample = newest] = samples.values();
        return { ...failure, sample };
      })
      .filter(({ objects }) => objects > 0)
      .sort((a, b) => b.objects - a.objects);
  }

  #take(slot: number, sign: 1 | -1): void {
    const state = states[(this.#state[slot] ?? 0) - 1];
    const bytes = sign * (this.#size[slot] ?? 0);
    if (state === undefined) return;
    for (const sum of [this.#totals, this.#totals[state]]) {
      sum.objects += sign;
      sum.bytes += bytes;
    }
    const group = this.#groups[(this.#group[slot] ?? 0) - 1];
    if (group !== undefined) group.failure.objects += sign;
  }

  #groupOf(line: BooksLine): number {
    if (line.state !== "failed" && line.state !== "held") return 0;
    const name = JSON.stringify([line.state, line.class, line.action, line.target]);
    const sample = { key: line.key, reason: line.reason };
    let number = this.#groupNumbers.get(name);
    if (number === undefined) {
      if (this.#groups.length >= mostGroups) return 0;
      const { state, class: kind, action, target } = line;
      const failure = { state, class: kind, action, target, objects: 0 };
      number = this.#groups.push({ failure, samples: new Map(), newest: sample });
      this.#groupNumbers.set(name, number);
    }
    const group = this.#groups[number - 1];
    if (group !== undefined) {
      group.newest = sample;
      if (group.samples.size < samplesKept) group.samples.set(line.key, sample);
    }
    return number;
  }

  /** The slot of a hash, or the free one where it belongs. */
  #slotOf(high: number, low: number): number {
    const mask = this.#state.length - 1;
    let slot = low & mask;
    while (this.#state[slot] !== 0 && (this.#high[slot] !== high || this.#low[slot] !== low)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const old = {
      high: this.#high,
      low: this.#low,
      at: this.#at,
      size: this.#size,
      state: this.#state,
      group: this.#group,
    };
    const slots = old.state.length * 2;
    this.#high = new Uint32Array(slots);
    this.#low = new Uint32Array(slots);
    this.#at = new Float64Array(slots);
    this.#size = new Float64Array(slots);
    this.#state = new Uint8Array(slots);
    this.#group = new Uint16Array(slots);
    for (let from = 0; from < old.state.length; from += 1) {
      if (old.state[from] === 0) continue;
      const slot = this.#slotOf(old.high[from] ?? 0, old.low[from] ?? 0);
      this.#high[slot] = old.high[from] ?? 0;
      this.#low[slot] = old.low[from] ?? 0;
      this.#at[slot] = old.at[from] ?? 0;
      this.#size[slot] = old.size[from] ?? 0;
      this.#state[slot] = old.state[from] ?? 0;
      this.#group[slot] = old.group[from] ?? 0;
    }
  }
}
