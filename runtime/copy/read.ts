import { Crc64 } from "../checksum/crc64.ts";
import { backoffMs, retryClass } from "../decide/retry.ts";
import { CloudError } from "../errors.ts";
import { wait } from "../http/attempts.ts";
import type { Block, Pin, Range, Source } from "../stores/contract.ts";

const MOST_FAILURES = 5;

/** What a copy reads from. */
export interface Reading {
  readonly source: Source;
  readonly key: string;
  readonly pin: Pin;
}

/**
 * One range as a block, its CRC computed as the bytes arrive. A read that breaks off goes on from the byte it had reached: nothing
 * that arrived is asked for again. The chunks are the socket's own.
 */
export async function readBlock(
  reading: Reading,
  range: Range,
  signal: AbortSignal,
): Promise<Block> {
  const chunks: Buffer[] = [];
  const crc = new Crc64();
  let at = range.start;
  for (let failures = 0; at < range.end;) {
    const before = at;
    try {
      const rest = { start: at, end: range.end };
      for await (const chunk of reading.source.read(reading.key, reading.pin, rest, signal)) {
        const wanted = chunk.length > range.end - at ? chunk.subarray(0, range.end - at) : chunk;
        crc.update(wanted);
        chunks.push(wanted);
        at += wanted.length;
      }
    } catch (error) {
      failures = at > before ? 1 : failures + 1;
      await pauseOrThrow(error, failures, signal);
    }
  }
  return { chunks, length: range.end - range.start, crc: crc.value() };
}

async function pauseOrThrow(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
  if (!(error instanceof CloudError)) throw error;
  const kind = retryClass(error.facts);
  if ((kind !== "retry" && kind !== "slow") || failures >= MOST_FAILURES) throw error;
  await wait(backoffMs(kind, failures, Math.random, error.facts.retryAfterMs), signal);
}
