/** How a child notices that nobody holds it any more, by both clocks: one stands still while a machine sleeps, the other may be set. */
export class Leash {
  readonly #onLoose: () => void;
  readonly #onLost: () => void;
  #forMs = Number.POSITIVE_INFINITY;
  #graceMs = 0;
  readonly #now: () => Moment;
  #heardAt: Moment;
  #looseAt: Moment | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `onLoose` asks for an end; `onLost` comes a grace later, when that did not help. */
  constructor(
    { onLoose, onLost }: { onLoose: () => void; onLost: () => void },
    now: () => Moment = bothClocks,
  ) {
    this.#onLoose = onLoose;
    this.#onLost = onLost;
    this.#now = now;
    this.#heardAt = now();
  }

  /** From now on silence of `forMs` means that the holder is gone. */
  hold(forMs: number, graceMs: number): void {
    this.#forMs = forMs;
    this.#graceMs = graceMs;
    this.#timer = setInterval(() => this.look(), Math.max(20, Math.min(forMs / 4, 1_000)));
    this.#timer.unref();
  }

  /** The holder was heard of. */
  pulled(): void {
    this.#heardAt = this.#now();
  }

  /** The holder is known to be gone. */
  letGo(): void {
    if (this.#looseAt !== undefined) return;
    this.#looseAt = this.#now();
    this.#onLoose();
  }

  look(): void {
    if (this.#passed(this.#heardAt) > this.#forMs) this.letGo();
    if (this.#looseAt !== undefined && this.#passed(this.#looseAt) > this.#graceMs) this.#onLost();
  }

  /** The longer of what the two clocks say. */
  #passed(since: Moment): number {
    const { wall, steady } = this.#now();
    return Math.max(wall - since.wall, steady - since.steady);
  }
}

export interface Moment {
  wall: number;
  steady: number;
}

function bothClocks(): Moment {
  return { wall: Date.now(), steady: performance.now() };
}
