import { Transform, type TransformCallback } from "node:stream";
import { StorageError } from "./errors.ts";
import { type Exchange, type Reply } from "./exchange.ts";
import { forwardable } from "./upstream.ts";
import { asReply } from "./store.ts";

const mostBlocks = 50_000;

/** Put Block List. Azurite takes a list of any length. */
export async function putBlockList(exchange: Exchange): Promise<Reply> {
  const { req, request, route, upstream } = exchange;
  const answer = await upstream.send({
    method: request.method,
    target: request.target,
    headers: forwardable(req.rawHeaders),
    secure: route.secure,
    body: [req, new BlockCounter()],
  });
  return asReply(answer);
}

/** Breaks a body off before its end when it lists more blocks than a blob may have. */
class BlockCounter extends Transform {
  #blocks = 0;
  /** What a chunk's end may hold of a tag. */
  #rest = "";

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const text = this.#rest + chunk.toString("latin1");
    this.#blocks += text.match(/<(?:Latest|Committed|Uncommitted)>/g)?.length ?? 0;
    this.#rest = text.slice(text.lastIndexOf("<")).replace(/^<\w+>[^]*/, "");
    done(this.#blocks > mostBlocks ? tooLong() : null, chunk);
  }
}

function tooLong(): StorageError {
  return new StorageError(
    400,
    "BlockListTooLong",
    "The block list may not contain more than 50,000 blocks.",
  );
}
