import { createHash } from "node:crypto";

import { AwsError } from "../contract.ts";
import { EMPTY_SHA256, sameSignature, scopeText, sha256, sign } from "./signature.ts";
import type { Scope } from "./signature.ts";

/** What chunk signatures are computed with; they chain from the request's own signature. */
export interface ChunkSigning {
  readonly key: Buffer;
  readonly amzDate: string;
  readonly scope: Scope;
  readonly signature: string;
}

export interface Framing {
  /** Whether headers may follow the last chunk. */
  readonly trailer: boolean;
  readonly signing?: ChunkSigning;
  /** Declared bytes without the framing. */
  readonly length?: number;
}

/** No chunk header or trailer line is longer; a longer one is an attack or a mistake. */
const MAX_LINE = 16 * 1024;

/**
 * Removes aws-chunked framing as bytes stream by; a chunk is passed on piecewise, never held whole.
 * Chunk and trailer signatures are checked as each ends, so a consumer must commit only after the end.
 * Source: "Signature calculations for the Authorization header: transferring payload in multiple chunks".
 * @param trailers receives the trailing headers, by lower-case name
 */
export async function* decodeChunks(
  source: AsyncIterable<Buffer>,
  framing: Framing,
  trailers: Record<string, string>,
): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    yield* unframe(new Input(iterator), framing, trailers);
  } finally {
    // A source that is given up must let go of its stream, so that the rest can be drained.
    await iterator.return?.();
  }
}

async function* unframe(
  input: Input,
  framing: Framing,
  trailers: Record<string, string>,
): AsyncGenerator<Buffer> {
  const chain = framing.signing && new Chain(framing.signing);
  let total = 0;
  for (;;) {
    const { size, signature } = parseChunkHeader(await input.line());
    const hash = chain && createHash("sha256");
    for (let left = size; left > 0;) {
      const piece = await input.take(left);
      hash?.update(piece);
      left -= piece.length;
      yield piece;
    }
    total += size;
    if (chain) chain.checkChunk(hash?.digest("hex") ?? EMPTY_SHA256, signature);
    if (size === 0) break;
    if ((await input.line()) !== "") throw incomplete("a chunk is longer than its header says");
  }
  await readTrailers(input, framing, chain, trailers);
  if (framing.length !== undefined && total !== framing.length) {
    throw incomplete(`x-amz-decoded-content-length is ${framing.length}, got ${total}`);
  }
}

function parseChunkHeader(line: string): { size: number; signature?: string } {
  const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?\s*$/.exec(line);
  if (!match?.[1]) throw incomplete("a chunk has no valid header");
  const size = Number.parseInt(match[1], 16);
  return match[2] === undefined ? { size } : { size, signature: match[2] };
}

async function readTrailers(
  input: Input,
  framing: Framing,
  chain: Chain | undefined,
  trailers: Record<string, string>,
): Promise<void> {
  const signed: string[] = [];
  let signature: string | undefined;
  for (;;) {
    const line = await input.lineOrEnd();
    if (line === undefined) break;
    // S3's own example puts an empty line before the trailer's signature.
    if (line === "") continue;
    const colon = line.indexOf(":");
    if (colon <= 0 || !framing.trailer) throw malformedTrailer();
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "x-amz-trailer-signature") signature = value;
    else {
      trailers[name] = value;
      signed.push(`${name}:${value}\n`);
    }
  }
  if (chain && framing.trailer) chain.checkTrailer(sha256(signed.join("")), signature);
}

/** Each signature covers the one before it, so chunks can be neither dropped nor reordered. */
class Chain {
  readonly #signing: ChunkSigning;
  #previous: string;

  constructor(signing: ChunkSigning) {
    this.#signing = signing;
    this.#previous = signing.signature;
  }

  checkChunk(hash: string, signature: string | undefined): void {
    this.#check(`AWS4-HMAC-SHA256-PAYLOAD`, [EMPTY_SHA256, hash], signature);
  }

  checkTrailer(hash: string, signature: string | undefined): void {
    this.#check(`AWS4-HMAC-SHA256-TRAILER`, [hash], signature);
  }

  #check(kind: string, hashes: readonly string[], signature: string | undefined): void {
    const { key, amzDate, scope } = this.#signing;
    const expected = sign(key, [kind, amzDate, scopeText(scope), this.#previous, ...hashes]);
    if (signature === undefined || !sameSignature(expected, signature)) {
      throw new AwsError(
        "SignatureDoesNotMatch",
        403,
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      );
    }
    this.#previous = expected;
  }
}

/** Lines and byte runs out of a stream of buffers of any size. */
class Input {
  readonly #source: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source;
  }

  /** At least one and at most `limit` bytes. */
  async take(limit: number): Promise<Buffer> {
    if (this.#buffer.length === 0 && !(await this.#more())) {
      throw incomplete("the body ended within a chunk");
    }
    const piece = this.#buffer.subarray(0, limit);
    this.#buffer = this.#buffer.subarray(piece.length);
    return piece;
  }

  async line(): Promise<string> {
    const line = await this.lineOrEnd();
    if (line === undefined) throw incomplete("the body ended before its last chunk");
    return line;
  }

  /** The next line without its CRLF; undefined at the end of the source. */
  async lineOrEnd(): Promise<string | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf("\n");
      if (end >= 0) {
        const line = this.#buffer.toString("latin1", 0, end);
        this.#buffer = this.#buffer.subarray(end + 1);
        return line.endsWith("\r") ? line.slice(0, -1) : line;
      }
      if (this.#buffer.length > MAX_LINE) throw incomplete("a chunk header is too long");
      if (!(await this.#more())) {
        const rest = this.#buffer.toString("latin1");
        this.#buffer = Buffer.alloc(0);
        return rest === "" ? undefined : rest;
      }
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#buffer =
      this.#buffer.length === 0 ? next.value : Buffer.concat([this.#buffer, next.value]);
    return true;
  }
}

function incomplete(why: string): AwsError {
  return new AwsError("IncompleteBody", 400, `The request body terminated unexpectedly: ${why}.`);
}

function malformedTrailer(): AwsError {
  return new AwsError(
    "MalformedTrailerError",
    400,
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
  );
}
