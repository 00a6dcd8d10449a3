import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeMetadataValue,
  encodeMetadataValue,
  fromBlobMetadata,
  toBlobMetadata,
} from "../../../../runtime/decide/metadata.ts";

const name = fc.string({
  unit: fc.constantFrom("a", "b", "A", "B", "_", "x", "0", "9", "-", ".", "5", "F", "causeway_"),
  minLength: 1,
  maxLength: 12,
});
const metadata = fc.dictionary(name, fc.string({ unit: "grapheme", maxLength: 12 }), {
  maxKeys: 8,
  noNullPrototype: true,
});

describe("metadata", () => {
  it("comes back as it was, whatever its names and values", () => {
    fc.assert(
      fc.property(metadata, (source) => {
        assert.deepEqual(fromBlobMetadata(toBlobMetadata(source)), source);
      }),
      { numRuns: 2000 },
    );
  });

  it("has C# identifiers for names, no two alike without case, and printable ASCII for values", () => {
    fc.assert(
      fc.property(metadata, (source) => {
        const names = Object.keys(toBlobMetadata(source));
        for (const one of names) assert.match(one, /^[A-Za-z_][A-Za-z0-9_]*$/);
        assert.equal(new Set(names.map((one) => one.toLowerCase())).size, names.length);
        for (const value of Object.values(toBlobMetadata(source))) {
          assert.match(value, /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("leaves ordinary names as they are, underscores too", () => {
    assert.deepEqual(toBlobMetadata({ owner_id: "7" }), { owner_id: "7" });
  });

  it("writes hyphens and leading digits as .NET does", () => {
    assert.deepEqual(toBlobMetadata({ "a-b": "1", "2nd": "2" }), {
      a_x002D_b: "1",
      _x0032_nd: "2",
    });
  });

  it("keeps two names that differ by case apart", () => {
    const names = Object.keys(toBlobMetadata({ foo: "1", Foo: "2" }));
    assert.deepEqual(names, ["foo", "_x0046_oo"]);
  });

  it("never takes a source's name for one of the pipeline's own", () => {
    const [written] = Object.keys(toBlobMetadata({ causeway_pin: "forged" }));
    assert.equal(written, "_x0063_auseway_pin");
  });

  it("writes values that HTTP cannot carry as encoded words, and reads S3's in both kinds", () => {
    assert.equal(encodeMetadataValue("naïve"), "=?UTF-8?B?bmHDr3Zl?=");
    assert.equal(encodeMetadataValue(""), "=?UTF-8?B??=");
    assert.equal(decodeMetadataValue("=?UTF-8?Q?na=C3=AFve_x?="), "naïve x");
    assert.equal(decodeMetadataValue("=?utf-8?b?bmHDr3Zl?="), "naïve");
    assert.equal(decodeMetadataValue("plain = text?"), "plain = text?");
  });
});
