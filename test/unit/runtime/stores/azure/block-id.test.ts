import assert from "node:assert/strict";
import fc from "fast-check";
import {
  idsBeside,
  tellingIds,
  usableBlocks,
  type BlockIds,
  type BlockKind,
} from "../../../../../runtime/stores/azure/block-id.ts";
import { parseBlockList } from "../../../../../runtime/stores/azure/block-list.ts";
import { cutOf } from "../../../../../runtime/stores/cut.ts";

const pin = { etag: "e1", text: "e1" };
const cut = cutOf(100 * 1024 * 1024);
const bytesOf = (id: string): number => Buffer.from(id, "base64").length;
const foreign = (bytes: number) => [{ id: Buffer.alloc(bytes, 7).toString("base64"), length: 8 }];

function idsBesideForeign(bytes: number): BlockIds {
  const ids = idsBeside(foreign(bytes), pin, cut);
  assert.ok(ids !== undefined);
  return ids;
}

describe("block ids", () => {
  it("tell the kind, the index and the checksum of the block back, at any length", () => {
    const kinds = fc.constantFrom<BlockKind[]>("streamed", "by url", "note");
    const crcs = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    const indexes = fc.nat({ max: cut.blocks - 1 });
    const lengths = fc.integer({ min: 24, max: 64 });
    fc.assert(
      fc.property(kinds, indexes, crcs, lengths, (kind, index, crc, length) => {
        const ids = tellingIds(pin, cut, length);
        const id = ids.id(kind, index, crc);
        assert.deepEqual(ids.parse(id), { kind, index, crc });
        assert.equal(bytesOf(id), length);
      }),
    );
  });

  it("of another pin, another cut or another tool are not ours", () => {
    const id = tellingIds(pin, cut).id("streamed", 0, 1n);
    assert.equal(tellingIds({ etag: "e2", text: "e2" }, cut).parse(id), undefined);
    assert.equal(tellingIds({ version: "v", etag: "e1", text: "v" }, cut).parse(id), undefined);
    const other = { ...cut, blockSize: cut.blockSize * 2 };
    assert.equal(tellingIds(pin, other).parse(id), undefined);
    assert.equal(tellingIds(pin, cut).parse(Buffer.alloc(24).toString("base64")), undefined);
  });

  it("take the length of those that another tool left, when ours fit in it", () => {
    assert.equal(bytesOf(idsBesideForeign(48).id("streamed", 1, 2n)), 48);
    assert.equal(bytesOf(idsBeside([], pin, cut)?.id("streamed", 1, 2n) ?? ""), 24);
  });

  it("beside short ones differ by index and from any other upload's, but tell nothing", () => {
    const ids = idsBesideForeign(8);
    const all = new Set(Array.from({ length: 50_000 }, (_, index) => ids.id("by url", index, 0n)));
    assert.equal(all.size, 50_000);
    assert.ok([...all].every((id) => bytesOf(id) === 8));
    assert.notEqual(idsBesideForeign(8).id("streamed", 0, 0n), ids.id("streamed", 0, 0n));
    assert.equal(ids.parse(ids.id("streamed", 3, 1n)), undefined);
  });

  it("find no room beside ids that are shorter than an index needs", () => {
    assert.equal(idsBeside(foreign(4), pin, cut), undefined);
  });
});

describe("the blocks that are already there", () => {
  const ids = tellingIds(pin, cut);
  const usable = (listed: { id: string; length: number }[]) =>
    usableBlocks(listed, ids, () => 8).map(({ index, crc }) => [index, crc]);

  it("count only with the right length, and not where two reads disagreed", () => {
    const found = usable([
      { id: ids.id("streamed", 0, 1n), length: 8 },
      { id: ids.id("streamed", 1, 1n), length: 7 },
      { id: ids.id("streamed", 2, 1n), length: 8 },
      { id: ids.id("streamed", 2, 2n), length: 8 },
      { id: "Zm9yZWlnbg==", length: 8 },
    ]);
    assert.deepEqual(found, [[0, 1n]]);
  });

  it("by URL have the CRC that their note tells, or none", () => {
    const found = usable([
      { id: ids.id("by url", 0, 0n), length: 8 },
      { id: ids.id("by url", 1, 0n), length: 8 },
      { id: ids.id("note", 0, 5n), length: 1 },
    ]);
    assert.deepEqual(found, [
      [0, 5n],
      [1, undefined],
    ]);
  });

  it("by URL do not count where two notes disagree: nobody knows which read is there", () => {
    const found = usable([
      { id: ids.id("by url", 0, 0n), length: 8 },
      { id: ids.id("note", 0, 5n), length: 1 },
      { id: ids.id("note", 0, 6n), length: 1 },
    ]);
    assert.deepEqual(found, []);
  });

  it("through us are taken before those by URL: Azure has checked their CRC", () => {
    const found = usable([
      { id: ids.id("by url", 0, 0n), length: 8 },
      { id: ids.id("streamed", 0, 9n), length: 8 },
    ]);
    assert.deepEqual(found, [[0, 9n]]);
  });

  it("are read from Azure's list of uncommitted blocks, not the committed ones", () => {
    const xml =
      "<BlockList><CommittedBlocks><Block><Name>b2xk</Name><Size>1</Size></Block></CommittedBlocks>" +
      "<UncommittedBlocks><Block><Name>bmV3</Name><Size>8388608</Size></Block>" +
      "<Block><Name>bmV4</Name><Size>1</Size></Block></UncommittedBlocks></BlockList>";
    assert.deepEqual(parseBlockList(Buffer.from(xml)), [
      { id: "bmV3", length: 8388608 },
      { id: "bmV4", length: 1 },
    ]);
    assert.deepEqual(
      parseBlockList(Buffer.from("<BlockList><UncommittedBlocks/></BlockList>")),
      [],
    );
  });
});
