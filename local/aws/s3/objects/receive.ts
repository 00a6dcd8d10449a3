import type { Call } from "../context.ts";
import type { Staged } from "../bodies/bodies.ts";
import { checksumHeader, newDigest } from "../checksums/algorithm.ts";
import type { Algorithm, Digest } from "../checksums/algorithm.ts";
import { declaredChecksums, trailingValue } from "../checksums/declared.ts";
import type { DeclaredChecksums } from "../checksums/declared.ts";
import { s3Error } from "../errors.ts";
import type { Reading } from "../store.ts";

/** A body that arrived whole and fits everything that was said about it. */
export interface Received {
  readonly staged: Staged;
  readonly md5: Buffer;
  /** The additional checksum that is to be kept. */
  readonly algorithm: Algorithm;
  /** base64 */
  readonly checksum: string;
  /** The header that confirms the checksum that the client gave, where that is another one. */
  readonly confirmed: Readonly<Record<string, string>>;
}

/** The largest body of one PUT: 5 GiB. */
export const MAX_UPLOAD = 5 * 1024 ** 3;

/**
 * Receives the body of PutObject or UploadPart. Nothing is left of one that ends early or does not fit its
 * length or its checksums.
 * @param keep the algorithm to keep a checksum of; the client's own, or CRC64NVME, when absent
 */
export async function receive(call: Call, keep?: Algorithm): Promise<Received> {
  const length = declaredLength(call);
  if (length > MAX_UPLOAD) throw s3Error.entityTooLarge(length, MAX_UPLOAD);
  const declared = declaredChecksums(call.header);
  const kept = keep ?? declared.algorithm ?? "CRC64NVME";
  const digests = startDigests([kept, ...(declared.algorithm ? [declared.algorithm] : [])]);
  const results = new Map<Algorithm | "MD5", Buffer>();
  const staged = await call.store.bodies.write(
    observed(call.body, digests, (size) => {
      if (size !== length) throw s3Error.incompleteBody();
      for (const [algorithm, digest] of digests) results.set(algorithm, digest.result());
      compare(declared, results, call.request.trailers());
    }),
  );
  return { staged, ...finish(results, kept), confirmed: confirm(declared.algorithm, results) };
}

/** Takes bytes that are here already, and closes what they are read from. */
export async function receiveCopy(
  call: Call,
  source: Pick<Reading, "bytes" | "close">,
  keep: Algorithm,
): Promise<Received> {
  const digests = startDigests([keep]);
  const results = new Map<Algorithm | "MD5", Buffer>();
  try {
    const staged = await call.store.bodies.write(
      observed(source.bytes, digests, () => {
        for (const [algorithm, digest] of digests) results.set(algorithm, digest.result());
      }),
    );
    return { staged, ...finish(results, keep), confirmed: {} };
  } finally {
    source.close();
  }
}

/** Bytes of the body without any framing. */
function declaredLength(call: Call): number {
  const framed = call.header("x-amz-content-sha256")?.startsWith("STREAMING-") ?? false;
  const text = call.header(framed ? "x-amz-decoded-content-length" : "content-length");
  if (text === undefined) throw s3Error.missingContentLength();
  const length = Number(text);
  if (!Number.isInteger(length) || length < 0) throw s3Error.missingContentLength();
  return length;
}

function startDigests(algorithms: readonly Algorithm[]): Map<Algorithm | "MD5", Digest> {
  const names = new Set<Algorithm | "MD5">(["MD5", ...algorithms]);
  return new Map([...names].map((name) => [name, newDigest(name)]));
}

async function* observed(
  source: AsyncIterable<Buffer>,
  digests: ReadonlyMap<string, Digest>,
  atEnd: (size: number) => void,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of source) {
    for (const digest of digests.values()) digest.update(chunk);
    size += chunk.length;
    yield chunk;
  }
  atEnd(size);
}

function compare(
  declared: DeclaredChecksums,
  results: ReadonlyMap<Algorithm | "MD5", Buffer>,
  trailers: Readonly<Record<string, string>>,
): void {
  if (declared.md5 !== undefined && results.get("MD5")?.toString("base64") !== declared.md5) {
    throw s3Error.badDigest("Content-MD5");
  }
  const { algorithm } = declared;
  if (!algorithm) return;
  const expected = declared.trailing ? trailingValue(algorithm, trailers) : declared.value;
  if (expected !== undefined && results.get(algorithm)?.toString("base64") !== expected) {
    throw s3Error.badDigest(algorithm);
  }
}

function finish(
  results: ReadonlyMap<Algorithm | "MD5", Buffer>,
  algorithm: Algorithm,
): Omit<Received, "staged" | "confirmed"> {
  const [md5, checksum] = [results.get("MD5"), results.get(algorithm)];
  if (!md5 || !checksum) throw new Error(`The ${algorithm} of a received body was not computed.`);
  return { md5, algorithm, checksum: checksum.toString("base64") };
}

function confirm(
  algorithm: Algorithm | undefined,
  results: ReadonlyMap<Algorithm | "MD5", Buffer>,
): Record<string, string> {
  const value = algorithm && results.get(algorithm)?.toString("base64");
  return algorithm && value ? { [checksumHeader(algorithm)]: value } : {};
}
