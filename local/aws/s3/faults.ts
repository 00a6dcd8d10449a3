import { setTimeout as sleep } from "node:timers/promises";

import type { ServerResponse } from "node:http";

/** What goes wrong. Byte counts are of the body sent to the client. */
export type FaultEffect =
  /** The request is answered with an error: 503 SlowDown unless told otherwise. */
  | { readonly kind: "error"; readonly code?: string; readonly status?: number }
  /** The connection is reset after so many bytes of the answer's body (0: before the answer). */
  | { readonly kind: "reset"; readonly afterBytes: number }
  /** The connection is closed in order after so many bytes: fewer than Content-Length says. */
  | { readonly kind: "truncate"; readonly afterBytes: number }
  /** The answer comes late, or its body at a bounded rate. */
  | { readonly kind: "slow"; readonly delayMs?: number; readonly bytesPerSecond?: number }
  /** Another PUT replaces the object after so many bytes were read. */
  | { readonly kind: "overwrite"; readonly afterBytes: number; readonly body: Buffer }
  /** The answer begins with 200 and then is an error; nothing is done. CompleteMultipartUpload and copies can answer so. */
  | { readonly kind: "late-error"; readonly code: string }
  /** The operation is done, its answer is lost. */
  | { readonly kind: "lose-answer" };

export interface Fault {
  /** `GetObject`, `PutObject`, ...; any operation when absent. */
  readonly operation?: string;
  readonly bucket?: string;
  readonly key?: string | RegExp;
  /** How often it strikes; once when absent. */
  readonly times?: number;
  /** How many matching requests pass unharmed before. */
  readonly skip?: number;
  readonly effect: FaultEffect;
}

interface Armed {
  readonly fault: Fault;
  skip: number;
  left: number;
}

/** Faults on demand, for tests of whoever talks to this server. */
export class FaultInjector {
  #armed: Armed[] = [];
  #struck = 0;

  /** How many requests were hit so far. */
  get struck(): number {
    return this.#struck;
  }

  /** Arms a fault; the returned function disarms it. */
  add(fault: Fault): () => void {
    const armed: Armed = { fault, skip: fault.skip ?? 0, left: fault.times ?? 1 };
    this.#armed.push(armed);
    return () => {
      this.#armed = this.#armed.filter((one) => one !== armed);
    };
  }

  clear(): void {
    this.#armed = [];
  }

  /** The effect that strikes this request, counted. */
  take(operation: string, bucket: string, key: string): FaultEffect | undefined {
    for (const armed of this.#armed) {
      if (!matches(armed.fault, operation, bucket, key)) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.left -= 1;
      if (armed.left <= 0) this.#armed = this.#armed.filter((one) => one !== armed);
      this.#struck += 1;
      return armed.fault.effect;
    }
    return undefined;
  }
}

function matches(fault: Fault, operation: string, bucket: string, key: string): boolean {
  if (fault.operation !== undefined && fault.operation !== operation) return false;
  if (fault.bucket !== undefined && fault.bucket !== bucket) return false;
  if (fault.key instanceof RegExp) return fault.key.test(key);
  return fault.key === undefined || fault.key === key;
}

/** Sends a body through a fault. `overwrite` is what replaces the object. */
export async function* throughFault(
  source: AsyncIterable<Buffer>,
  effect: FaultEffect | undefined,
  res: ServerResponse,
  overwrite: (body: Buffer) => Promise<void>,
): AsyncGenerator<Buffer> {
  let sent = 0;
  let overwritten = false;
  for await (const chunk of source) {
    if (effect?.kind === "slow" && effect.bytesPerSecond !== undefined) {
      await sleep((chunk.length / effect.bytesPerSecond) * 1000);
    }
    const stop =
      effect?.kind === "reset" || effect?.kind === "truncate" ? effect.afterBytes : Infinity;
    const piece = chunk.subarray(0, Math.max(stop - sent, 0));
    if (piece.length > 0) yield piece;
    sent += piece.length;
    if (sent >= stop) {
      await breakOff(res, effect?.kind === "reset");
      return;
    }
    if (effect?.kind === "overwrite" && !overwritten && sent >= effect.afterBytes) {
      overwritten = true;
      await overwrite(effect.body);
    }
  }
}

/** Ends the connection after what was written so far has left. */
export async function breakOff(res: ServerResponse, reset: boolean): Promise<void> {
  const socket = res.socket;
  if (!socket) return;
  while (socket.writableLength > 0 && !socket.destroyed) await sleep(5);
  if (reset) socket.resetAndDestroy();
  else socket.destroySoon();
}
