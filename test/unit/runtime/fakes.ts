import { Buffers } from "../../../runtime/copy/buffers.ts";
import { Reach } from "../../../runtime/copy/reach.ts";
import type { Means, PlacedTarget } from "../../../runtime/copy/work.ts";
import { mappingOf, type MappingOptions } from "../../../runtime/decide/mapping.ts";
import type { FakeTarget } from "./memory/target.ts";

export { FakeSource, listed, sourceObject, without } from "./memory/source.ts";
export { FakeTarget, type FakeObject } from "./memory/target.ts";
export { Wire, cloudError, type Call } from "./memory/wire.ts";

/** Bytes that differ from place to place and from seed to seed, made faster than random ones. */
export function patterned(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size, seed);
  for (let at = 0; at + 8 <= size; at += 65_536) bytes.writeDoubleBE(at + seed / 7, at);
  return bytes;
}

export const never = new AbortController().signal;

const MiB = 1024 * 1024;

export function means(over: Partial<Means> = {}): Means {
  return { buffers: new Buffers(32 * MiB), by: "stream", reach: new Reach(), ranges: 4, ...over };
}

export function placed(
  store: FakeTarget,
  over: Partial<MappingOptions & { readonly name: string }> = {},
): PlacedTarget {
  const { name = "az", prefix = "", writer = "acme/exports", ...rest } = over;
  const mapping = mappingOf(store.kind, { prefix, writer, ...rest });
  return { name, prefix, store, mapping };
}
