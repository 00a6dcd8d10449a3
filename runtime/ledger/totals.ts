import { states, type TerminalState } from "./entry.ts";

/** How many keys ended in each state, and the bytes that were copied. */
export type Totals = Readonly<Record<TerminalState, number>> & { readonly bytes: number };

/** Counts lines as they are recorded. Whoever settles a key twice in one run counts it twice: books.ts does not. */
export class Tally {
  readonly #counts = Object.fromEntries(states.map((state) => [state, 0])) as Record<
    TerminalState,
    number
  >;
  #bytes = 0;

  add(state: TerminalState, keys: number, bytes: number): void {
    this.#counts[state] += keys;
    if (state === "copied") this.#bytes += bytes;
  }

  totals(): Totals {
    return { ...this.#counts, bytes: this.#bytes };
  }
}
