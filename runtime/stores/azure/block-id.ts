import { createHash, randomBytes } from "node:crypto";
import type { Cut, Pin, StagedBlock } from "../contract.ts";

/**
 * Block ids carry all that a worker needs to continue a copy it knows nothing of, so the list of uncommitted blocks is the whole memory of a copy. Before base64: 12 bytes
 * hash (of the pin, the cut, and what kind of block it is), 4 bytes index, 8 bytes CRC-64, then zeros. Three kinds:
 * - `streamed`: through us; Azure has checked the CRC when it took the block;
 * - `by url`: Azure told the CRC only when the block had its id, which says zero;
 * - `note`: one byte, never committed, whose id tells the CRC of a block by URL.
 *
 * All ids of a blob must have one length. Beside those that another tool left there, ours are padded to theirs; where theirs are too short to hold all that, ours hold random
 * bytes and the index: the copy works, but nobody can continue it.
 */
const LENGTH = 24;
const LONGEST = 64;
const SHORTEST = 8;

export type BlockKind = "streamed" | "by url" | "note";

export interface ListedBlock {
  readonly id: string;
  readonly length: number;
}

/** What a note's content is; its length tells notes from blocks that have the same id by chance. */
export const NOTE = Buffer.from("n");

export interface BlockIds {
  id(kind: BlockKind, index: number, crc: bigint): string;
  /** Undefined when the id is another tool's, another pin's or another cut's. */
  parse(
    id: string,
  ): { readonly kind: BlockKind; readonly index: number; readonly crc: bigint } | undefined;
  /** Ids that tell nothing: no notes are worth writing. */
  readonly forgetful: boolean;
}

/** Ids beside those of these uncommitted blocks; undefined when theirs are too short even for an index. */
export function idsBeside(
  listed: readonly ListedBlock[],
  pin: Pin,
  cut: Cut,
): BlockIds | undefined {
  const [first] = listed;
  const length = first === undefined ? LENGTH : Buffer.from(first.id, "base64").length;
  if (length < SHORTEST || length > LONGEST) return undefined;
  return length < LENGTH ? forgetfulIds(length) : tellingIds(pin, cut, length);
}

export function tellingIds(pin: Pin, cut: Cut, length = LENGTH): BlockIds {
  const hashes: Readonly<Record<BlockKind, Buffer>> = {
    streamed: hashOf("", pin, cut),
    "by url": hashOf(" by url", pin, cut),
    note: hashOf(" note", pin, cut),
  };
  const kinds = Object.entries(hashes) as [BlockKind, Buffer][];
  return {
    forgetful: false,
    id: (kind, index, crc) => {
      const bytes = Buffer.alloc(length);
      hashes[kind].copy(bytes);
      bytes.writeUInt32BE(index, 12);
      bytes.writeBigUInt64BE(crc, 16);
      return bytes.toString("base64");
    },
    parse: (id) => {
      const bytes = Buffer.from(id, "base64");
      if (bytes.length !== length) return undefined;
      const kind = kinds.find(([, hash]) => bytes.compare(hash, 0, 12, 0, 12) === 0)?.[0];
      const index = bytes.readUInt32BE(12);
      if (kind === undefined || index >= cut.blocks) return undefined;
      return { kind, index, crc: bytes.readBigUInt64BE(16) };
    },
  };
}

function forgetfulIds(length: number): BlockIds {
  const random = randomBytes(length - 2);
  return {
    forgetful: true,
    id: (_kind, index) => {
      const bytes = Buffer.alloc(length);
      random.copy(bytes);
      bytes.writeUInt16BE(index, length - 2);
      return bytes.toString("base64");
    },
    parse: () => undefined,
  };
}

function hashOf(kind: string, pin: Pin, cut: Cut): Buffer {
  return createHash("sha256")
    .update(`causeway 1${kind}\n${pin.version ?? ""}\n${pin.etag}\n${cut.blockSize}\n${cut.blocks}`)
    .digest()
    .subarray(0, 12);
}

export interface FoundBlock extends StagedBlock {
  readonly id: string;
}

/**
 * The blocks of ours among uncommitted ones: right id and right length, one by index, those through us first. Where reads disagreed on an index, neither counts; a block by URL
 * has the CRC that its notes agree on.
 */
export function usableBlocks(
  listed: readonly ListedBlock[],
  ids: BlockIds,
  lengthOf: (index: number) => number,
): FoundBlock[] {
  const streamed = new Map<number, FoundBlock | "disputed">();
  const byUrl = new Map<number, FoundBlock>();
  const notes = new Map<number, bigint | "disputed">();
  for (const { id, length } of listed) {
    const parsed = ids.parse(id);
    if (parsed === undefined) continue;
    const { kind, index, crc } = parsed;
    if (kind === "note") notes.set(index, notes.has(index) ? "disputed" : crc);
    else if (length !== lengthOf(index)) continue;
    else if (kind === "by url") byUrl.set(index, { id, index, length, crc: undefined });
    else streamed.set(index, streamed.has(index) ? "disputed" : { id, index, length, crc });
  }
  const found = [...streamed.values()].filter((block) => block !== "disputed");
  for (const block of byUrl.values()) {
    const note = notes.get(block.index);
    if (streamed.get(block.index) instanceof Object || note === "disputed") continue;
    found.push({ ...block, crc: note });
  }
  return found;
}
