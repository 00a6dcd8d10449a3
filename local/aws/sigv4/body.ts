import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

import type { AwsError } from "../contract.ts";
import { decodeChunks } from "./chunked.ts";
import type { ChunkSigning } from "./chunked.ts";

/** How a body proves that it is the one that was signed. */
export type BodyProof =
  | { readonly kind: "plain" }
  /** Its SHA-256 was declared and signed. */
  | {
      readonly kind: "hashed";
      readonly expected: string;
      readonly mismatch: (actual: string) => AwsError;
    }
  /** Its SHA-256 was signed but not declared: the request's signature is known only at the body's end. */
  | { readonly kind: "late"; readonly check: (sha256: string) => void }
  /** aws-chunked framing, with a signature per chunk when `signing` is there. */
  | {
      readonly kind: "chunked";
      readonly trailer: boolean;
      readonly signing?: ChunkSigning;
      /** The declared length without the framing, bytes. */
      readonly length?: number;
    };

export interface OpenedBody {
  /** The body as the client meant it; fails with an AwsError where it does not prove itself. */
  readonly body: Readable;
  /** Headers that came after the body, by lower-case name; complete once `body` has ended. */
  readonly trailers: () => Readonly<Record<string, string>>;
}

/** Opens the body of a verified request; nothing is read before the consumer asks. */
export function openBody(req: IncomingMessage, verified: { readonly body: BodyProof }): OpenedBody {
  const proof = verified.body;
  const trailers: Record<string, string> = {};
  // The socket must survive a refused body: the refusal is still to be written on it.
  const source = req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  const opened = (bytes: AsyncIterable<Buffer>): OpenedBody => ({
    body: Readable.from(bytes, { objectMode: false }),
    trailers: () => trailers,
  });
  switch (proof.kind) {
    case "plain":
      return opened(source);
    case "hashed":
      return opened(
        hashing(source, (actual) => {
          if (actual !== proof.expected) throw proof.mismatch(actual);
        }),
      );
    case "late":
      return opened(hashing(source, proof.check));
    case "chunked":
      return opened(decodeChunks(source, proof, trailers));
  }
}

async function* hashing(
  source: AsyncIterable<Buffer>,
  check: (sha256: string) => void,
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  check(hash.digest("hex"));
}
