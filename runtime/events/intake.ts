import { setTimeout as sleep } from "node:timers/promises";
import { Budget, type Release } from "../copy/budget.ts";
import { redeliverySeconds } from "../decide/retry.ts";
import { CloudError, Interrupted, Postponed } from "../errors.ts";
import { wait } from "../http/attempts.ts";
import type { Log } from "../log.ts";
import type { Problems } from "../problems.ts";
import type { ScanMessage } from "../scan/fleet/messages.ts";
import { Batcher } from "./batcher.ts";
import { Lanes } from "./lanes.ts";
import { parseMessage, type Hint } from "./parse.ts";
import { BATCH, VISIBILITY_SECONDS, type DeadReason, type Message, type Queue } from "./queue.ts";

/** A hint and the message that brought it. */
export interface Arrival {
  readonly hint: Hint;
  readonly message: Message;
}

/** What a look at one key led to. */
export interface Looked {
  /** Resolves when the ledger holds the states that were reached. */
  readonly durable: Promise<void>;
  /** Some target is not settled: the message must come again. */
  readonly again: boolean;
  /** Some target may not be written now: the message waits, however long, without being counted as received. */
  readonly postponed?: Postponed | undefined;
  /** Some target failed for good. */
  readonly failure: DeadReason | undefined;
}

export interface IntakeOptions {
  readonly queue: Queue;
  readonly bucket: string;
  readonly look: (key: string, arrivals: readonly [Arrival, ...Arrival[]]) => Promise<Looked>;
  /** Does what a message about a scan asks for; `received`: how often it has been. Undefined: this worker takes no part in scans. */
  readonly scan?:
    | ((
        message: ScanMessage,
        received: number,
      ) => Promise<{ readonly again: boolean; readonly failure: DeadReason | undefined }>)
    | undefined;
  readonly objects: number;
  /** Why nothing is to be taken up now; undefined: it is. */
  readonly hold?: (() => Postponed | undefined) | undefined;
  readonly log: Log;
  readonly problems: Problems;
  /** Ends receiving. */
  readonly receiving: AbortSignal;
  /** Ends every request to the queue. */
  readonly speaking: AbortSignal;
}

const POLLERS = 2;
/** Messages that wait for the ledger; past it receiving pauses. */
const MOST_HELD = 2000;
/** How long a message stays unseen that may not be settled now: by whoever holds nothing yet; until others may have become cheaper. */
const POSTPONED_SECONDS = { all: 5, one: 900 } as const;
/** While it holds, a worker says why once in so long. */
const TELL_HOLD_MS = 60_000;
const HOLD_MS = 1_000;
const KEEP_EVERY_MS = (VISIBILITY_SECONDS * 1000) / 3;

/**
 * Takes messages from the queue as fast as looks are free, and lets each go when it is settled: deleted once the ledger is durable, to the
 * dead-letter queue with its reason, or back to the queue.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #slots: Budget;
  readonly #lanes: Lanes<Arrival, Looked>;
  /** Messages in our hands, and when their invisibility was last renewed. */
  readonly #held = new Map<Message, number>();
  readonly #handling = new Set<Promise<void>>();
  readonly #removals: Batcher<Message>;
  #pollers: Promise<void>[] = [];
  #keeper: NodeJS.Timeout | undefined;
  #lastTurn = Date.now();
  #toldHold = -Infinity;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#slots = new Budget(options.objects);
    this.#lanes = new Lanes(options.look);
    this.#removals = new Batcher((batch) => options.queue.remove(batch, options.speaking), {
      size: BATCH,
      waitMs: 50,
    });
  }

  start(): void {
    this.#pollers = Array.from({ length: POLLERS }, () => this.#poll());
    this.#keeper = setInterval(() => void this.#keep(), KEEP_EVERY_MS / 2);
    this.#keeper.unref();
  }

  get inFlight(): number {
    return this.#held.size;
  }

  /** When a poller last went round; long ago when they hang. */
  get lastTurn(): number {
    return this.#lastTurn;
  }

  /** Resolves when receiving has ended and every message has been let go. */
  async settled(): Promise<void> {
    await Promise.all(this.#pollers);
    while (this.#handling.size > 0) await Promise.all(this.#handling);
    clearInterval(this.#keeper);
  }

  async #poll(): Promise<void> {
    const { receiving, problems, queue } = this.#options;
    for (let failures = 0; !receiving.aborted;) {
      let slots: Release[] = [];
      try {
        await this.#whileHeld();
        slots = await this.#takeSlots();
        const messages = await queue.receive(slots.length, receiving);
        failures = 0;
        for (const message of messages) this.#accept(message, slots.pop() ?? (() => undefined));
      } catch (error) {
        if (error instanceof Interrupted) return;
        failures += 1;
        problems.report(error);
        await sleep(Math.min(30_000, 500 * 2 ** failures), undefined, { signal: receiving }).catch(
          () => undefined,
        );
      } finally {
        for (const release of slots) release();
        this.#lastTurn = Date.now();
      }
    }
  }

  /** What waits in the queue stays there, uncounted. */
  async #whileHeld(): Promise<void> {
    const { hold, problems, receiving } = this.#options;
    for (let why = hold?.(); why !== undefined; why = hold?.()) {
      const now = Date.now();
      if (now - this.#toldHold >= TELL_HOLD_MS) {
        this.#toldHold = now;
        problems.report(why);
      }
      this.#lastTurn = now;
      await wait(HOLD_MS, receiving);
    }
  }

  /** As many as are free, at least one, at most a batch. */
  async #takeSlots(): Promise<Release[]> {
    const { receiving } = this.#options;
    while (this.#held.size >= MOST_HELD) await wait(100, receiving);
    const slots = [await this.#slots.take(1, receiving)];
    while (slots.length < BATCH && this.#slots.free > 0) {
      slots.push(await this.#slots.take(1, receiving));
    }
    return slots;
  }

  #accept(message: Message, release: Release): void {
    this.#held.set(message, Date.now());
    const handled: Promise<void> = this.#handle(message, release).finally(() => {
      release();
      this.#held.delete(message);
      this.#handling.delete(handled);
    });
    this.#handling.add(handled);
  }

  async #handle(message: Message, release: Release): Promise<void> {
    const { log, problems } = this.#options;
    try {
      await this.#settle(message, release);
    } catch (error) {
      if (error instanceof Interrupted) return this.#handBack(message, 0);
      if (error instanceof Postponed) return this.#postpone(message, error);
      if (error instanceof CloudError) problems.report(error);
      else log.error({ err: error, messageId: message.id }, "a message could not be settled");
      await this.#handBack(message, redeliverySeconds(message.receiveCount, Math.random));
    }
  }

  async #settle(message: Message, release: Release): Promise<void> {
    const { log, bucket, problems } = this.#options;
    const parsed = parseMessage(message.body);
    if (parsed.kind === "ignore") {
      log.info({ messageId: message.id, reason: parsed.reason }, "message ignored");
      return this.#removals.add(message);
    }
    if (parsed.kind === "scan" && this.#options.scan !== undefined) {
      release();
      return this.#scan(parsed.message, message);
    }
    if (parsed.kind === "scan") return this.#bury(message, NO_SCANS);
    const wrong = parsed.kind === "hints" ? otherBucket(parsed.hints, bucket) : parsed.reason;
    if (parsed.kind === "not-an-event" || wrong !== undefined) {
      const reason = wrong ?? "it is not an event";
      const subject = this.#options.queue.name;
      problems.report(
        notAnEvent(subject, `message ${message.id} went to the dead-letter queue: ${reason}`),
      );
      return this.#bury(message, { class: "NotAnEvent", reason });
    }
    const looks = parsed.hints.map((hint) => {
      // Who waits for a look that is under way holds no slot: a key with many hints must not starve the others.
      if (this.#lanes.busy(hint.key)) release();
      return this.#lanes.run(hint.key, { hint, message });
    });
    const looked = await allOf(looks);
    release();
    await allOf(looked.map(({ durable }) => durable));
    await this.#letGo(message, looked);
  }

  /** The keys of a slice take the place of hints: a worker takes no more slices than it can settle, and leaves the rest to others. */
  async #scan(scan: ScanMessage, message: Message): Promise<void> {
    const { objects, receiving } = this.#options;
    const share = scan.causeway === "slice" ? sliceShare(objects) : 0;
    const release = share === 0 ? undefined : await this.#slots.take(share, receiving);
    try {
      const handled = await this.#options.scan?.(scan, message.receiveCount);
      if (handled === undefined) return;
      const { again, failure } = handled;
      await this.#letGo(message, [{ durable: Promise.resolve(), again, failure }]);
    } finally {
      release?.();
    }
  }

  #letGo(message: Message, looked: readonly Looked[]): Promise<void> {
    const waits = looked.find(({ postponed }) => postponed !== undefined)?.postponed;
    if (waits !== undefined) return this.#postpone(message, waits);
    if (looked.some(({ again }) => again)) {
      return this.#handBack(message, redeliverySeconds(message.receiveCount, Math.random));
    }
    const failure = looked.find((look) => look.failure !== undefined)?.failure;
    return failure === undefined ? this.#removals.add(message) : this.#bury(message, failure);
  }

  async #bury(message: Message, why: DeadReason): Promise<void> {
    await this.#options.queue.deadLetter(message, why, this.#options.speaking);
    await this.#removals.add(message);
  }

  /** Puts it into the queue as a new message: the queue counts how often one is received, and buries it. Never throws: it comes back by itself. */
  async #postpone(message: Message, { scope }: Postponed): Promise<void> {
    const { queue, speaking, problems } = this.#options;
    try {
      await queue.send(message.body, POSTPONED_SECONDS[scope], speaking);
      await this.#removals.add(message);
    } catch (error) {
      if (!(error instanceof Interrupted)) problems.report(error);
    }
  }

  /** Never throws: a message that cannot be handed back comes back by itself. */
  async #handBack(message: Message, seconds: number): Promise<void> {
    const { queue, speaking, problems } = this.#options;
    try {
      await queue.changeVisibility([message], seconds, speaking);
    } catch (error) {
      if (!(error instanceof Interrupted)) problems.report(error);
    }
  }

  /** Renews the invisibility of what has been held for a while. */
  async #keep(): Promise<void> {
    const { queue, speaking, problems } = this.#options;
    const now = Date.now();
    const due = [...this.#held]
      .filter(([, at]) => now - at >= KEEP_EVERY_MS)
      .map(([message]) => message);
    for (const message of due) this.#held.set(message, now);
    for (let at = 0; at < due.length; at += BATCH) {
      try {
        await queue.changeVisibility(due.slice(at, at + BATCH), VISIBILITY_SECONDS, speaking);
      } catch (error) {
        if (!(error instanceof Interrupted)) problems.report(error);
      }
    }
  }
}

/** How many keys of one slice a worker settles at once, of so many objects in all. */
export function sliceShare(objects: number): number {
  return Math.max(1, Math.floor(objects / 4));
}

const NO_SCANS: DeadReason = {
  class: "NotAnEvent",
  reason: "it is about a scan, and this worker takes no part in scans",
};

/** Waits for all, then throws what the first of them threw: nothing is left running behind an error. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

function otherBucket(hints: readonly Hint[], bucket: string): string | undefined {
  const other = hints.find((hint) => hint.bucket !== undefined && hint.bucket !== bucket);
  return other === undefined
    ? undefined
    : `it is about the bucket ${String(other.bucket)}, this pipeline's source is ${bucket}`;
}

function notAnEvent(subject: string, said: string): CloudError {
  return new CloudError({
    service: "sqs",
    action: "sqs:ReceiveMessage",
    subject,
    code: "NotAnEvent",
    status: 0,
    said,
  });
}
