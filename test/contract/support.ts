import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { crc64 } from "../../runtime/checksum/crc64.ts";
import { mappingOf } from "../../runtime/decide/mapping.ts";
import { retryClass } from "../../runtime/decide/retry.ts";
import { CloudError } from "../../runtime/errors.ts";
import type {
  Block,
  Pin,
  SourceObject,
  Target,
  TargetProperties,
} from "../../runtime/stores/contract.ts";

export const never = new AbortController().signal;

export function block(bytes: Buffer | string): Block {
  const buffer = Buffer.from(bytes);
  return { bytes: buffer, crc: crc64(buffer) };
}

/** Bytes that differ from place to place and from seed to seed. */
export function patterned(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size, seed);
  for (let at = 0; at + 8 <= size; at += 4096) bytes.writeDoubleBE(at + seed / 7, at);
  return bytes;
}

export function pinOf(text: string): Pin {
  return { etag: text, text };
}

/** What a copy of a source object at this pin would write on the target. */
export function propertiesFor(
  target: Target,
  body: Buffer | string,
  over: Partial<SourceObject> = {},
): TargetProperties {
  const bytes = Buffer.from(body);
  const etag = createHash("md5").update(bytes).digest("hex");
  const object: SourceObject = {
    key: "key",
    pin: pinOf(etag),
    size: bytes.length,
    modified: "2026-01-31T00:00:00.000Z",
    content: { contentType: "text/x-test" },
    metadata: {},
    ...over,
  };
  const mapped = mappingOf(target.kind, { prefix: "", writer: "tenant/pipeline" }).properties(
    object,
  );
  assert.ok(mapped.ok);
  return mapped.properties;
}

/** Expects a refusal that says: look again. */
export async function reDecides(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof CloudError, String(error));
    assert.equal(retryClass(error.facts), "re-decide", error.message);
    return true;
  });
}

/** Expects a failure that nobody can take for "there is none". */
export async function isTrouble(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof CloudError, String(error));
    assert.equal(retryClass(error.facts), "fail", error.message);
    return true;
  });
}

export async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

export function inUtf8Order(names: readonly string[]): string[] {
  return names.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}
