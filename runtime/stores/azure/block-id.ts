import { createHash } from "node:crypto";
import type { Cut, Pin, StagedBlock } from "../contract.ts";

/**
 * Block ids carry all that a worker needs to continue a copy it knows nothing of: which object at which pin and cut (a hash), which block,
 * and the block's CRC-64, which Azure has checked when it took the block. So the list of uncommitted blocks is the whole memory of a copy.
 *
 * Layout, before base64: 12 bytes hash, 4 bytes index, 8 bytes CRC, then zeros. All ids of a blob must have one length, so ids are padded
 * to the length of those that another tool left there.
 */
const LENGTH = 24;
const LONGEST = 64;

export interface BlockIds {
  id(index: number, crc: bigint): string;
  /** Undefined when the id is another tool's, another pin's or another cut's. */
  parse(id: string): { readonly index: number; readonly crc: bigint } | undefined;
}

export function blockIds(pin: Pin, cut: Cut, length = LENGTH): BlockIds {
  const what = createHash("sha256")
    .update(`causeway 1\n${pin.version ?? ""}\n${pin.etag}\n${cut.blockSize}\n${cut.blocks}`)
    .digest()
    .subarray(0, 12);
  return {
    id: (index, crc) => {
      const bytes = Buffer.alloc(length);
      what.copy(bytes);
      bytes.writeUInt32BE(index, 12);
      bytes.writeBigUInt64BE(crc, 16);
      return bytes.toString("base64");
    },
    parse: (id) => {
      const bytes = Buffer.from(id, "base64");
      if (bytes.length !== length || !bytes.subarray(0, 12).equals(what)) return undefined;
      const index = bytes.readUInt32BE(12);
      return index < cut.blocks ? { index, crc: bytes.readBigUInt64BE(16) } : undefined;
    },
  };
}

/** The length for new ids beside those already there; undefined when theirs is too short to hold ours. */
export function idLengthBeside(ids: readonly string[]): number | undefined {
  const [first] = ids;
  if (first === undefined) return LENGTH;
  const theirs = Buffer.from(first, "base64").length;
  return theirs >= LENGTH && theirs <= LONGEST ? theirs : undefined;
}

/** The blocks of ours among uncommitted ones: right id and right length. Where reads disagreed on an index, neither counts. */
export function usableBlocks(
  listed: readonly { readonly id: string; readonly length: number }[],
  ids: BlockIds,
  lengthOf: (index: number) => number,
): StagedBlock[] {
  const found = new Map<number, StagedBlock | "disputed">();
  for (const { id, length } of listed) {
    const parsed = ids.parse(id);
    if (parsed === undefined || length !== lengthOf(parsed.index)) continue;
    found.set(parsed.index, found.has(parsed.index) ? "disputed" : { ...parsed, length });
  }
  return [...found.values()].filter((block) => block !== "disputed");
}
