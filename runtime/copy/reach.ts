/** So many objects in a row must fail by URL between two places before that way is given up there. */
const ENOUGH = 3;
/** How long a way counts as hopeless, in milliseconds: firewalls and endpoints change. */
const FOR_MS = 10 * 60_000;

/**
 * What has been learnt about copying by URL between two places (a source's endpoint, a target), so that a hopeless way is not tried for every
 * object again; and which sources have ETags that only look like MD5s.
 */
export class Reach {
  readonly #now: () => number;
  readonly #ways = new Map<string, Way>();
  readonly #noMd5 = new Map<string, number>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Why copying by URL between the two is not tried now; undefined: try it. */
  hopeless(from: string, to: string): string | undefined {
    const way = this.#ways.get(`${from} ${to}`);
    if (way === undefined || way.failures < ENOUGH) return undefined;
    if (this.#now() < way.until) return way.why;
    // The next object is an attempt; if it fails too, the way is given up at once.
    way.failures = ENOUGH - 1;
    return undefined;
  }

  failed(from: string, to: string, why: string): void {
    const id = `${from} ${to}`;
    const failures = (this.#ways.get(id)?.failures ?? 0) + 1;
    this.#ways.set(id, { failures, why, until: this.#now() + FOR_MS });
  }

  worked(from: string, to: string): void {
    if (this.#ways.size > 0) this.#ways.delete(`${from} ${to}`);
  }

  /** Objects of this source have ETags that look like an MD5 of their bytes and are none. */
  etagIsNoMd5(source: string): void {
    this.#noMd5.set(source, this.#now() + FOR_MS);
  }

  trustsMd5(source: string): boolean {
    const until = this.#noMd5.get(source);
    return until === undefined || this.#now() >= until;
  }
}

interface Way {
  failures: number;
  readonly why: string;
  readonly until: number;
}
