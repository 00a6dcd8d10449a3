import type { Principal } from "../auth/principal.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Reply } from "./endpoint.ts";
import { EventStream, streamTimes, type StreamTimes } from "./event-stream.ts";
import { RequestProblem } from "./problem.ts";

/** The media type; a client asks for it by name. */
export const eventStreamType = "text/event-stream";

/** The streams of events that are open in this process, bounded for each principal. */
export class Streams {
  readonly #metrics: Metrics;
  readonly #most: number;
  readonly #times: StreamTimes;
  readonly #open = new Map<string, number>();

  constructor(metrics: Metrics, most: number, times: StreamTimes = streamTimes) {
    this.#metrics = metrics;
    this.#most = most;
    this.#times = times;
  }

  /**
   * An answer that `follow` writes until it is done or the client is gone.
   * @throws RequestProblem `too-many-streams`
   */
  reply(
    kind: "operation" | "run",
    { id }: Principal,
    follow: (stream: EventStream) => Promise<void>,
  ): Reply {
    const open = this.#open.get(id) ?? 0;
    if (open >= this.#most) throw tooMany(this.#most);
    this.#count(id, 1);
    this.#metrics.streamOpened(kind);
    return {
      status: 200,
      headers: { "content-type": eventStreamType, "x-accel-buffering": "no" },
      stream: async (response) => {
        try {
          if (response.req.method === "HEAD") {
            response.end();
            return;
          }
          const stream = new EventStream(response, this.#times);
          try {
            await follow(stream);
          } finally {
            stream.end();
          }
        } finally {
          this.#count(id, -1);
          this.#metrics.streamClosed(kind);
        }
      },
    };
  }

  #count(id: string, by: 1 | -1): void {
    const open = (this.#open.get(id) ?? 0) + by;
    if (open === 0) this.#open.delete(id);
    else this.#open.set(id, open);
  }
}

function tooMany(most: number): RequestProblem {
  return new RequestProblem(
    "too-many-streams",
    `At most ${most} streams of events may be open at once for one caller. Close one, or read pages (Accept: application/json).`,
    { headers: { "retry-after": "5" } },
  );
}
