import assert from "node:assert/strict";
import fc from "fast-check";
import { mappingOf } from "../../../../runtime/decide/mapping.ts";
import { marksFromMetadata, marksOf } from "../../../../runtime/decide/marks.ts";
import { fromBlobMetadata } from "../../../../runtime/decide/metadata.ts";
import { fromS3Metadata } from "../../../../runtime/decide/s3-metadata.ts";
import { fromBlobTags } from "../../../../runtime/decide/tags.ts";
import type { SourceObject } from "../../../../runtime/stores/contract.ts";
import { sourceObject } from "../fakes.ts";

const kinds = ["azure-blob", "s3"] as const;
const writer = "acme/exports";

function mapped(
  kind: (typeof kinds)[number],
  over: Partial<SourceObject>,
  tags?: Record<string, string>,
) {
  const mapping = mappingOf(kind, { prefix: "", writer });
  const result = mapping.properties(sourceObject("k", "body", over), tags);
  assert.ok(result.ok, "the target cannot hold it");
  return result.properties;
}

const headerName = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,20}$/);
const anyName = fc.oneof(
  headerName,
  fc.constantFrom("causeway_pin", "causeway-pin", "causeway-source-x", "_x0041_", "a-b", "a_b"),
);
const value = fc.string({ unit: "grapheme", maxLength: 30 });

describe("what a target shows besides the bytes", () => {
  for (const kind of kinds) {
    describe(`on ${kind}`, () => {
      it("carries the content headers, without the coding of an upload", () => {
        const properties = mapped(kind, {
          content: {
            contentType: "text/csv",
            contentEncoding: "aws-chunked,gzip",
            cacheControl: "no-cache",
            contentDisposition: "attachment",
            contentLanguage: "de",
          },
        });
        assert.equal(properties.contentType, "text/csv");
        assert.equal(properties.contentEncoding, "gzip");
        assert.equal(properties.cacheControl, "no-cache");
        assert.equal(properties.contentDisposition, "attachment");
        assert.equal(properties.contentLanguage, "de");
      });

      it("carries a header that is not ASCII as metadata", () => {
        const content = { contentDisposition: 'attachment; filename="ü.csv"' };
        const { contentDisposition, metadata } = mapped(kind, { content });
        assert.equal(contentDisposition, undefined);
        const name =
          kind === "s3" ? "causeway-content-disposition" : "causeway_content_disposition";
        assert.match(metadata[name] ?? "", /^=\?UTF-8\?B\?/);
      });

      it("marks what was copied, so that the marks read back are the source's, of a version too", () => {
        for (const pin of [
          { etag: "e", text: "e" },
          { version: "v/1", etag: "e", text: "v/1" },
        ]) {
          const object = sourceObject("k", "body", { pin });
          const { metadata } = mapped(kind, { pin });
          const separator = kind === "s3" ? "-" : "_";
          assert.deepEqual(marksFromMetadata(metadata, separator), marksOf(object, writer));
        }
      });

      it("gives every metadata back as it was, our own names among it", () => {
        const back = kind === "s3" ? fromS3Metadata : fromBlobMetadata;
        fc.assert(
          fc.property(fc.dictionary(anyName, value, { maxKeys: 5 }), (metadata) => {
            assert.deepEqual(back(mapped(kind, { metadata }).metadata), { ...metadata });
          }),
          { numRuns: 300 },
        );
      });

      it("gives every key back for its name, below any prefixes", () => {
        fc.assert(
          fc.property(
            fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
            fc.constantFrom("", "in/", "a%2F"),
            fc.constantFrom("", "exports/"),
            (rest, prefix, strip) => {
              const mapping = mappingOf(kind, { prefix, strip, writer });
              const name = mapping.name(strip + rest);
              if (name.ok) assert.equal(mapping.key(name.name), strip + rest);
            },
          ),
          { numRuns: 500 },
        );
      });

      it("gives no name to a key that lacks what is stripped, and no key to a name outside its prefix", () => {
        const mapping = mappingOf(kind, { prefix: "in/", strip: "exports/", writer });
        assert.equal(mapping.name("other/k").ok, false);
        assert.equal(mapping.key("elsewhere/k"), undefined);
        assert.equal(mapping.key("in/k"), "exports/k");
      });

      it("refuses metadata that there is no room for, with the sizes", () => {
        const metadata = Object.fromEntries(
          Array.from({ length: 60 }, (_, index) => [`${"-".repeat(30)}${index}`, "x"]),
        );
        const result = mappingOf(kind, { prefix: "", writer }).properties(
          sourceObject("k", "body", { metadata }),
        );
        assert.ok(!result.ok);
        assert.equal(result.class, "MetadataTooLarge");
        assert.match(result.reason, /holds \d+ bytes of metadata, this one needs \d+/);
      });

      it("refuses more than ten tags, and tags that are too long", () => {
        const mapping = mappingOf(kind, { prefix: "", writer });
        const many = Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`t${at}`, "x"]));
        for (const tags of [many, { t: "x".repeat(257) }]) {
          const result = mapping.properties(sourceObject("k", "body"), tags);
          assert.ok(!result.ok);
          assert.equal(result.class, "TagsTooLarge");
        }
      });
    });
  }

  it("holds no more than 1,024 bytes of a key on S3, whatever its characters", () => {
    const mapping = mappingOf("s3", { prefix: "", writer });
    assert.equal(mapping.name("ü".repeat(512)).ok, true);
    assert.equal(mapping.name("ü".repeat(513)).ok, false);
  });

  it("gives no key to a blob's name that no key would have", () => {
    const mapping = mappingOf("azure-blob", { prefix: "", writer });
    assert.equal(mapping.key("a%2Fb"), undefined);
    assert.equal(mapping.key("folder%2F"), "folder/");
  });

  it("keeps Expires as metadata on Azure, which has none, and as itself on S3", () => {
    const content = { expires: "Thu, 01 Dec 2033" };
    const azure = mapped("azure-blob", { content });
    assert.deepEqual(
      [azure.expires, azure.metadata["causeway_expires"]],
      [undefined, "Thu, 01 Dec 2033"],
    );
    assert.equal(mapped("s3", { content }).expires, "Thu, 01 Dec 2033");
  });

  it("counts metadata names that differ by case only, and keeps them apart on Azure", () => {
    const object = sourceObject("k", "body", { metadata: { Owner: "1", owner: "2", other: "3" } });
    const result = mappingOf("azure-blob", { prefix: "", writer }).properties(object);
    assert.ok(result.ok);
    assert.equal(result.collisions, 2);
    const names = Object.keys(result.properties.metadata).map((name) => name.toLowerCase());
    assert.equal(new Set(names).size, names.length);
  });

  it("gives tags back as they were, with characters that Azure does not take", () => {
    // Eight of them are at most 112 characters of Azure's, whatever they are.
    const tag = fc
      .string({ unit: "binary", minLength: 1, maxLength: 8 })
      .filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(fc.dictionary(tag, tag, { maxKeys: 10 }), (tags) => {
        const { tags: held } = mapped("azure-blob", {}, { ...tags });
        for (const part of Object.entries(held ?? {}).flat()) {
          assert.match(part, /^[A-Za-z0-9 +\-./:=_]*$/);
        }
        assert.deepEqual(fromBlobTags(held ?? {}), { ...tags });
      }),
    );
  });

  it("tells tier and class by the source's storage class, where that is wanted", () => {
    const tier = (
      kind: "azure-blob" | "s3",
      storageClass: string | undefined,
      tiers?: "default",
    ) => {
      const object = sourceObject("k", "b", storageClass === undefined ? {} : { storageClass });
      const result = mappingOf(kind, { prefix: "", writer, tiers }).properties(object);
      return result.ok ? result.properties.tier : "refused";
    };
    assert.equal(tier("azure-blob", undefined), undefined);
    assert.equal(tier("azure-blob", "STANDARD"), undefined);
    assert.equal(tier("azure-blob", "ONEZONE_IA"), "Cool");
    assert.equal(tier("azure-blob", "GLACIER_IR"), "Cold");
    assert.equal(tier("azure-blob", "DEEP_ARCHIVE"), "Archive");
    assert.equal(tier("azure-blob", "DEEP_ARCHIVE", "default"), undefined);
    assert.equal(tier("s3", "GLACIER_IR"), "GLACIER_IR");
    assert.equal(tier("s3", "EXPRESS_ONEZONE"), undefined);
  });
});
