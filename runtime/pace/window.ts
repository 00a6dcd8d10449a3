import { Latency } from "./latency.ts";

export interface WindowBounds {
  readonly start: number;
  readonly floor: number;
  readonly cap: number;
}

export const BOUNDS: WindowBounds = { start: 32, floor: 2, cap: 1024 };

/** A share of refusals up to this is bad luck (random 503s, resets); more of them means that we ask for too much. */
const TOLERATED = 0.08;
/** So many standard deviations above what is tolerated before a share counts as more than bad luck. */
const SURE = 2.5;
/** How much longer than without a queue answers may take before the window stops growing, and before it shrinks. */
const QUEUED = 2;
/** Answers that take hardly longer than without a queue: there is room. */
const IDLE = 1.3;
const CROWDED = 2.6;
/** The share of the added window that must come back as throughput, or the trial has failed. */
const WORTH = 0.3;
const SHORTEST_TURN_MS = 40;
/** Near to where refusals began: how often, and by what share at first and at most, the window grows. Each step is half as big again as the one before. */
const STEP = { everyMs: 500, first: 0.02, most: 0.25, growth: 1.5 };
const HOLD_MS = { first: 1_000, longest: 15_000 };
/** How often a window that was grown looks whether less does as well. */
const LEANER_EVERY_MS = 12_000;

/** A change of the window that throughput must justify. */
interface Trial {
  readonly from: number;
  /** Answers per millisecond before. */
  readonly rate: number;
}

/**
 * How many requests to one origin should be in flight: as many as raise the throughput, and no more.
 *
 * Works in turns of about a round trip. Opens by doubling, like TCP's slow start; from the first sign of a queue on it grows by doubling where there is room, later by a quarter, while answers are not queued (Vegas' sign) and each step pays off in throughput
 * (so that neither a busy core of our own nor a slower server passes for a reason to grow or to collapse). Refusals beyond what is bad luck cut it, once a
 * turn, by their share, which is by how much the server's capacity was exceeded; it grows back to just below that capacity quickly and from there slowly.
 * Latency never brings it below its start: only refusals do. Pure: time comes in with each answer.
 */
export class Window {
  readonly #bounds: WindowBounds;
  readonly #latency = new Latency();
  #limit: number;
  #doubling = true;
  /** From the start until the first sign of a queue or a refusal: no step has to prove itself. */
  #opening = true;
  /** Where refusals began the last time. */
  #ceiling = Infinity;
  #step = STEP.first;
  #stepAt = 0;
  #trial: Trial | undefined;
  #holdUntil = 0;
  #holdMs = HOLD_MS.first;
  #leanerAt = Infinity;

  /** Requests that began before this met another window, or opened their connections: their latency tells nothing. */
  #settled = 0;
  /** Of this turn: when it began, what came back since. */
  #since = 0;
  #served = 0;
  #answers = 0;
  #pressed = 0;
  #meanMs = 0;
  /** For refusals, over several turns: answers, and how many of them refused, to requests that began after the last cut. */
  #asked = 0;
  #refused = 0;
  #cutAt = -Infinity;

  constructor(bounds: WindowBounds = BOUNDS) {
    this.#bounds = bounds;
    this.#limit = bounds.start;
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** A request was served. `pressed`: others waited for the window meanwhile. True when the limit has changed. */
  served(began: number, now: number, slot: number, pressed: boolean): boolean {
    if (began >= this.#cutAt) this.#asked += 1;
    if (now < this.#since) return false;
    if (began >= this.#settled) this.#latency.add(slot, now - began);
    this.#served += 1;
    return this.#answered(now, pressed);
  }

  /** The server refused for being asked too much, or did not answer. */
  refused(began: number, now: number, pressed: boolean): boolean {
    if (began < this.#cutAt || now < this.#since) return false;
    this.#asked += 1;
    this.#refused += 1;
    return this.#answered(now, pressed);
  }

  #answered(now: number, pressed: boolean): boolean {
    this.#answers += 1;
    if (pressed) this.#pressed += 1;
    const needed = Math.max(16, this.#trial === undefined ? this.#limit : 1.5 * this.#limit);
    if (this.#answers < needed || now - this.#since < SHORTEST_TURN_MS) return false;
    const before = this.limit;
    this.#turn(now);
    return this.limit !== before;
  }

  #turn(now: number): void {
    const ms = now - this.#since;
    const rate = this.#served / ms;
    const queued = this.#latency.take(now);
    const pressed = this.#pressed * 2 >= this.#answers;
    // Little's law: what was in flight over what came back is how long one takes.
    this.#meanMs = rate > 0 ? Math.min(ms, this.#limit / rate) : ms;
    if (this.#tooManyRefused()) this.#cut(now);
    else if (pressed) this.#judge(now, rate, queued ?? 1);
    else this.#trial = undefined;
    this.#begin(now);
  }

  #tooManyRefused(): boolean {
    const asked = this.#asked;
    const bar = TOLERATED * asked + SURE * Math.sqrt(TOLERATED * (1 - TOLERATED) * asked);
    if (this.#refused > bar) return true;
    if (asked > 1_000) {
      this.#asked /= 2;
      this.#refused /= 2;
    }
    return false;
  }

  #cut(now: number): void {
    const share = this.#refused / this.#asked;
    this.#ceiling = Math.max(this.#bounds.floor, this.#limit * (1 - share));
    this.#set(Math.max(0.5 * this.#limit, 0.97 * this.#ceiling));
    this.#step = STEP.first;
    this.#stepAt = now + STEP.everyMs;
    this.#doubling = false;
    this.#opening = false;
    this.#trial = undefined;
    this.#cutAt = now;
    this.#asked = 0;
    this.#refused = 0;
  }

  #judge(now: number, rate: number, queued: number): void {
    const trial = this.#trial;
    this.#trial = undefined;
    // By Little's law more in flight without more latency is more throughput: a rate that says otherwise was disturbed (a pause of our own).
    const failed = trial !== undefined && !worthIt(trial, this.#limit, rate);
    if (failed && (queued > IDLE || this.#limit < trial.from)) {
      this.#set(trial.from);
      this.#fail(now);
      return;
    }
    if (queued < IDLE) {
      this.#doubling = true;
      this.#holdUntil = now;
    } else this.#opening = false;
    if (trial !== undefined && this.#limit > trial.from) this.#holdMs = HOLD_MS.first;
    if (this.#limit < this.#bounds.start || this.#ceiling < Infinity) this.#recover(now);
    else if (queued > CROWDED) this.#set(Math.max(this.#bounds.start, 0.7 * this.#limit));
    else if (now >= this.#leanerAt) this.#tryLess(now, rate);
    else if (now >= this.#holdUntil && queued < QUEUED) this.#tryMore(rate);
  }

  /** Back to where refusals began in big steps, from there on tentatively, then ever faster. */
  #recover(now: number): void {
    const near = 0.9 * this.#ceiling;
    if (this.#limit < near) {
      this.#set(Math.min(near, this.#limit * (this.#ceiling === Infinity ? 2 : 1.5)));
    } else if (now >= this.#stepAt) {
      this.#set(this.#limit + Math.max(1, this.#step * this.#limit));
      this.#stepAt = now + STEP.everyMs;
      this.#step = Math.min(STEP.most, this.#step * STEP.growth);
    }
    if (this.#limit >= 1.5 * this.#ceiling) this.#ceiling = Infinity;
  }

  #tryMore(rate: number): void {
    const wanted = this.#doubling ? this.#limit * 2 : this.#limit + Math.max(4, this.#limit / 4);
    const from = this.#limit;
    this.#set(wanted);
    if (this.#limit > from && !this.#opening) this.#trial = { from, rate };
  }

  #tryLess(now: number, rate: number): void {
    this.#leanerAt = now + LEANER_EVERY_MS;
    const from = this.#limit;
    this.#set(Math.max(this.#bounds.start, 0.75 * from));
    if (this.#limit < from) this.#trial = { from, rate };
  }

  #fail(now: number): void {
    this.#doubling = false;
    this.#holdUntil = now + this.#holdMs;
    this.#holdMs = Math.min(HOLD_MS.longest, this.#holdMs * 2);
    if (this.#leanerAt === Infinity) this.#leanerAt = now + LEANER_EVERY_MS;
  }

  /** A new turn. After a change that is on trial, what is in flight from before is let pass first. */
  #begin(now: number): void {
    this.#since = now;
    if (this.#trial !== undefined) this.#settled = this.#since = now + this.#meanMs;
    this.#latency.drop();
    this.#served = 0;
    this.#answers = 0;
    this.#pressed = 0;
  }

  #set(limit: number): void {
    this.#limit = Math.min(this.#bounds.cap, Math.max(this.#bounds.floor, limit));
  }
}

/** A bigger window must have raised the throughput by its share; a smaller one must not have cost any. */
function worthIt(trial: Trial, limit: number, rate: number): boolean {
  const gain = rate / trial.rate - 1;
  if (limit < trial.from) return gain > -0.04;
  return gain >= WORTH * (limit / trial.from - 1);
}
