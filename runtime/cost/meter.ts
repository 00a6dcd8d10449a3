import type { HttpRequest, Send } from "../http/send.ts";
import { operationOf, readsSource, type Cloud } from "./classify.ts";
import { noRequests, type SideUsage, type Usage } from "./usage.ts";

class Side {
  readonly requests = noRequests();
  sent = 0;
  received = 0;

  usage(): SideUsage {
    return { requests: { ...this.requests }, sent: this.sent, received: this.received };
  }
}

/** Counts requests as they are billed, and bytes by direction. Every request counts, also those that fail: the clouds bill most of them. */
export class Meter {
  readonly #source = new Side();
  readonly #target = new Side();
  #byUrl = 0;

  /** A `send` whose requests count for one side. */
  metered(send: Send, side: "source" | "target", cloud: Cloud): Send {
    const own = side === "source" ? this.#source : this.#target;
    return async (request) => {
      own.requests[operationOf(cloud, request)] += 1;
      if (readsSource(cloud, request)) this.#source.requests.get += 1;
      own.sent += lengthOf(request.body);
      const response = await send(request);
      own.received += response.body.length;
      return response;
    };
  }

  /** Bytes that the target's cloud has read from the source by itself: its answers do not say how many. */
  byUrl(bytes: number): void {
    this.#byUrl += bytes;
  }

  usage(): Usage {
    return { source: this.#source.usage(), target: this.#target.usage(), byUrl: this.#byUrl };
  }
}

function lengthOf(body: HttpRequest["body"]): number {
  if (body === undefined) return 0;
  if (Buffer.isBuffer(body)) return body.length;
  let length = 0;
  for (const part of body) length += part.length;
  return length;
}
