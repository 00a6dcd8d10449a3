import type { HttpRequest, HttpResponse, Send } from "../../../../runtime/http/send.ts";
import { paced, type Pace } from "../../../../runtime/pace/pace.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface ServerModel {
  /** A round trip without any queue, in milliseconds. */
  readonly roundTripMs: number;
  /** Served per second; what comes faster queues (busy) or is refused (limited). Infinite by default. */
  readonly perSecond?: number;
  readonly whenBusy?: "queue" | "503";
  /** Share of answers that are a random 503. */
  readonly unlucky?: number;
  /** Latency varies by this share, up. */
  readonly jitter?: number;
  readonly random: () => number;
}

export interface Server {
  readonly send: Send;
  served: number;
  refused: number;
  mostInFlight: number;
  model: ServerModel;
}

/** A server in virtual time: one queue, or a limiter that refuses beyond its rate. */
export function server(time: VirtualTime, model: ServerModel): Server {
  let freeAt = 0;
  let tokens = Infinity;
  let filled = 0;
  let inFlight = 0;
  const self: Server = { send, served: 0, refused: 0, mostInFlight: 0, model };
  return self;

  async function send(): Promise<HttpResponse> {
    const { roundTripMs, perSecond = Infinity, whenBusy = "queue", random } = self.model;
    inFlight += 1;
    self.mostInFlight = Math.max(self.mostInFlight, inFlight);
    const travel = roundTripMs * (1 + (self.model.jitter ?? 0) * random());
    let status = 200;
    let wait = 0;
    if (random() < (self.model.unlucky ?? 0)) status = 503;
    else if (whenBusy === "503") status = limited(perSecond) ? 503 : 200;
    else if (perSecond !== Infinity) {
      freeAt = Math.max(freeAt, time.now()) + 1000 / perSecond;
      wait = freeAt - time.now();
    }
    await time.sleep(travel + wait);
    inFlight -= 1;
    if (status === 200) self.served += 1;
    else self.refused += 1;
    return { status, headers: {}, body: Buffer.alloc(0), text: () => "" };
  }

  function limited(perSecond: number): boolean {
    // A twentieth of a second's worth may come at once.
    tokens = Math.min(perSecond / 20, tokens + ((time.now() - filled) * perSecond) / 1000);
    filled = time.now();
    if (tokens < 1) return true;
    tokens -= 1;
    return false;
  }
}

/** `objects` at a time are worked on, each asking until it is served, with jittered pauses as the table of errors has them. */
export function load(
  time: VirtualTime,
  pace: Pace,
  send: Send,
  objects: number,
  random: () => number,
): { stop: () => void } {
  const through = paced(send, pace);
  const signal = new AbortController().signal;
  const request: HttpRequest = {
    method: "HEAD",
    origin: "http://a",
    path: "/",
    headers: {},
    signal,
  };
  let stopped = false;
  const one = async (): Promise<void> => {
    for (let attempt = 1; !stopped;) {
      const { status } = await through(request);
      if (status === 200) attempt = 1;
      else await time.sleep(random() * Math.min(20_000, 500 * 2 ** (attempt++ - 1)));
    }
  };
  for (let index = 0; index < objects; index += 1) void one();
  return { stop: () => (stopped = true) };
}
