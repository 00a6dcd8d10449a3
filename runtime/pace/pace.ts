import { Interrupted } from "../errors.ts";
import type { HttpRequest, HttpResponse, Send } from "../http/send.ts";
import { slotOf } from "./latency.ts";
import { Permits } from "./permits.ts";
import { BOUNDS, Window, type WindowBounds } from "./window.ts";

/** What goes on with one origin, for progress and metrics. */
export interface PaceState {
  readonly origin: string;
  /** How many requests may be in flight. */
  readonly window: number;
  readonly inFlight: number;
  readonly waiting: number;
  readonly requests: number;
  /** Answers 503 and 429. */
  readonly throttled: number;
  /** Requests without an answer. */
  readonly lost: number;
  /** Requests that have to be made again: throttled, lost, or answered with another 5xx. */
  readonly again: number;
}

export interface PaceOptions {
  readonly bounds?: WindowBounds;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
}

/** So many more requests than are in flight find their place at once. */
const SPARE = 8;

/** Adaptive concurrency per origin, for all that is sent through it. */
export class Pace {
  readonly #bounds: WindowBounds;
  readonly now: () => number;
  readonly #gates = new Map<string, Gate>();

  constructor(options: PaceOptions = {}) {
    this.#bounds = options.bounds ?? BOUNDS;
    this.now = options.now ?? (() => performance.now());
  }

  gate(origin: string): Gate {
    let gate = this.#gates.get(origin);
    if (gate === undefined) {
      gate = new Gate(this.#bounds, this.now);
      this.#gates.set(origin, gate);
    }
    return gate;
  }

  /** Requests that may soon be in flight, over all origins: twice as many as now are, as far as the windows go. */
  get usable(): number {
    let sum = 0;
    for (const { permits } of this.#gates.values()) {
      sum += Math.min(permits.limit, 2 * permits.inFlight + SPARE);
    }
    return sum;
  }

  states(): PaceState[] {
    return [...this.#gates].map(([origin, gate]) => ({ origin, ...gate.state() }));
  }
}

/** The same `send`, holding back what an origin cannot take yet. */
export function paced(send: Send, pace: Pace): Send {
  return (request) => {
    const gate = pace.gate(request.origin);
    return gate.permits.tryEnter()
      ? gate.through(send, request)
      : gate.permits.enter(request.signal).then(() => gate.through(send, request));
  };
}

class Gate {
  readonly permits: Permits;
  readonly #window: Window;
  readonly #now: () => number;
  #requests = 0;
  #throttled = 0;
  #lost = 0;
  #broken = 0;

  constructor(bounds: WindowBounds, now: () => number) {
    this.#window = new Window(bounds);
    this.permits = new Permits(this.#window.limit);
    this.#now = now;
  }

  /** Sends under a permit that is already taken, and gives it back. */
  through(send: Send, request: HttpRequest): Promise<HttpResponse> {
    const began = this.#now();
    return send(request).then(
      (response) => {
        this.#learn(began, request, response);
        this.permits.leave();
        return response;
      },
      (error: unknown) => {
        if (!request.signal.aborted && !(error instanceof Interrupted)) this.#miss(began);
        this.permits.leave();
        throw error;
      },
    );
  }

  state(): Omit<PaceState, "origin"> {
    const { limit, inFlight, waiting } = this.permits;
    return {
      window: limit,
      inFlight,
      waiting,
      requests: this.#requests,
      throttled: this.#throttled,
      lost: this.#lost,
      again: this.#throttled + this.#lost + this.#broken,
    };
  }

  #learn(asked: number, request: HttpRequest, response: HttpResponse): void {
    this.#requests += 1;
    const { status, connectMs = 0 } = response;
    // A window that opens opens connections: that they take time says nothing of the server's queue.
    const began = asked + connectMs;
    const pressed = this.permits.waiting > 0;
    const throttled = status === 503 || status === 429;
    if (throttled) this.#throttled += 1;
    else if (status >= 500) this.#broken += 1;
    const changed = throttled
      ? this.#window.refused(began, this.#now(), pressed)
      : this.#window.served(began, this.#now(), slotFor(request, response), pressed);
    if (changed) this.permits.limit = this.#window.limit;
  }

  /** No answer, or one that broke off: a busy server's way to refuse, or bad luck. */
  #miss(began: number): void {
    this.#requests += 1;
    this.#lost += 1;
    const changed = this.#window.refused(began, this.#now(), this.permits.waiting > 0);
    if (changed) this.permits.limit = this.#window.limit;
  }
}

function slotFor(request: HttpRequest, response: HttpResponse): number {
  const { body } = request;
  if (body === undefined) {
    // Bodies of objects, answers to questions (listings above all), requests that carry none.
    const kind = request.into !== undefined ? 0 : request.method === "GET" ? 1 : 2;
    return slotOf(kind, response.body.length);
  }
  let bytes = 0;
  if (Buffer.isBuffer(body)) bytes = body.length;
  else for (const part of body) bytes += part.length;
  return slotOf(3, bytes);
}
