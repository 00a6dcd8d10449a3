import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Reply } from "./exchange.ts";
import type { Trouble } from "./faults.ts";

/** Sends the answer on as it streams in. Never rejects: a caller who hung up needs no answer. */
export async function sendReply(
  res: ServerResponse,
  reply: Reply,
  trouble: Trouble | undefined,
): Promise<void> {
  if (trouble?.kind === "lost answer") {
    reply.body.resume();
    res.socket?.resetAndDestroy();
    return;
  }
  res.writeHead(reply.status, [...reply.headers]);
  try {
    if (trouble?.kind === "truncated") {
      await pipeline(reply.body, firstBytes(trouble.bytes), res, { end: false });
      res.socket?.destroySoon();
    } else {
      await pipeline(reply.body, res);
    }
  } catch {
    reply.body.destroy();
    res.destroy();
  }
}

function firstBytes(limit: number) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let left = limit;
    for await (const chunk of chunks) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) return;
    }
  };
}
