import assert from "node:assert/strict";
import fc from "fast-check";
import {
  blockIds,
  idLengthBeside,
  usableBlocks,
} from "../../../../runtime/stores/azure/block-id.ts";
import { parseBlockList } from "../../../../runtime/stores/azure/target.ts";
import { cutOf, rangeOf } from "../../../../runtime/stores/cut.ts";

const pin = { etag: "e1", text: "e1" };
const cut = cutOf(100 * 1024 * 1024);

describe("block ids", () => {
  it("tell the index and the checksum of the block back", () => {
    const crc = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    fc.assert(
      fc.property(
        fc.nat({ max: cut.blocks - 1 }),
        crc,
        fc.integer({ min: 24, max: 64 }),
        (index, value, length) => {
          const ids = blockIds(pin, cut, length);
          assert.deepEqual(ids.parse(ids.id(index, value)), { index, crc: value });
        },
      ),
    );
  });

  it("of one object have one length, and at most the 64 bytes that Azure allows", () => {
    const ids = blockIds(pin, cut);
    assert.equal(ids.id(0, 0n).length, ids.id(12, (1n << 64n) - 1n).length);
    assert.ok(Buffer.from(ids.id(0, 0n), "base64").length <= 64);
  });

  it("of another pin, another cut or another tool are not ours", () => {
    const id = blockIds(pin, cut).id(0, 1n);
    assert.equal(blockIds({ etag: "e2", text: "e2" }, cut).parse(id), undefined);
    assert.equal(blockIds({ version: "v", etag: "e1", text: "v" }, cut).parse(id), undefined);
    assert.equal(blockIds(pin, { ...cut, blockSize: cut.blockSize * 2 }).parse(id), undefined);
    assert.equal(blockIds(pin, cut).parse(Buffer.alloc(24).toString("base64")), undefined);
  });

  it("take the length of those that another tool left, when ours fit in it", () => {
    assert.equal(idLengthBeside([]), 24);
    assert.equal(idLengthBeside([Buffer.alloc(48).toString("base64")]), 48);
    assert.equal(idLengthBeside([Buffer.alloc(8).toString("base64")]), undefined);
  });

  it("count only with the right length of block, and not where two reads disagreed", () => {
    const ids = blockIds(pin, cut);
    const listed = [
      { id: ids.id(0, 1n), length: 8 },
      { id: ids.id(1, 1n), length: 7 },
      { id: ids.id(2, 1n), length: 8 },
      { id: ids.id(2, 2n), length: 8 },
      { id: "Zm9yZWlnbg==", length: 8 },
    ];
    assert.deepEqual(
      usableBlocks(listed, ids, () => 8),
      [{ index: 0, crc: 1n, length: 8 }],
    );
  });

  it("are read from Azure's list of uncommitted blocks, not the committed ones", () => {
    const xml =
      "<BlockList><CommittedBlocks><Block><Name>b2xk</Name><Size>1</Size></Block></CommittedBlocks>" +
      "<UncommittedBlocks><Block><Name>bmV3</Name><Size>8388608</Size></Block></UncommittedBlocks></BlockList>";
    assert.deepEqual(parseBlockList(xml), [{ id: "bmV3", length: 8388608 }]);
  });
});

describe("a cut", () => {
  it("covers every byte once, in at most 50,000 blocks, for any size", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 * 1024 ** 4 }), (size) => {
        const { blocks, blockSize } = cutOf(size);
        assert.ok(blocks <= 50_000 && blockSize <= 4000 * 1024 * 1024);
        assert.equal(rangeOf({ blocks, blockSize }, size, blocks - 1).end, size);
        assert.ok(rangeOf({ blocks, blockSize }, size, blocks - 1).start < size);
      }),
    );
  });
});
