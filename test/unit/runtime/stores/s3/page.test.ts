import assert from "node:assert/strict";
import fc from "fast-check";
import { urlEncodeKey } from "../../../../../local/aws/s3/names.ts";
import { escapeXml } from "../../../../../local/aws/s3/xml/write.ts";
import type { ListedObject } from "../../../../../runtime/stores/contract.ts";
import { parsePage } from "../../../../../runtime/stores/s3/page.ts";

const object = fc.record({
  key: fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
  size: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  etag: fc.stringMatching(/^[0-9a-f]{32}(-[1-9]\d{0,3})?$/),
  modified: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  storageClass: fc.constantFrom(undefined, "STANDARD", "GLACIER", "INTELLIGENT_TIERING"),
});

interface Style {
  readonly encoded: boolean;
  readonly quote: string;
  readonly gap: string;
  readonly owner: string;
  readonly fraction: boolean;
  readonly sizeFirst: boolean;
}

const style = fc.record({
  encoded: fc.boolean(),
  quote: fc.constantFrom('"', "&quot;", ""),
  gap: fc.constantFrom("", "\n  "),
  owner: fc.constantFrom(
    "",
    "<Owner/>",
    "<Owner><ID>1</ID><DisplayName>Size</DisplayName></Owner>",
    '<Owner xmlns:x="y"><ID>1</ID></Owner>',
    "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><Type>Normal</Type>",
    '<Restore x="y">no</Restore>',
  ),
  fraction: fc.boolean(),
  sizeFirst: fc.boolean(),
});

function render(objects: readonly ListedObject[], style: Style): string {
  const { encoded, quote, gap, owner } = style;
  const entries = objects.map(({ key, size, etag, modified, storageClass }) => {
    const time = new Date(modified).toISOString();
    const shown = encoded ? urlEncodeKey(key) : escapeXml(key);
    const fields = [
      `<LastModified>${style.fraction ? time : time.replace(/\.\d+/, "")}</LastModified>`,
      `<ETag>${quote}${etag}${quote}</ETag>`,
      owner,
      storageClass === undefined ? "" : `<StorageClass>${storageClass}</StorageClass>`,
    ];
    const sizeField = `<Size>${size}</Size>`;
    const all = style.sizeFirst ? [sizeField, ...fields] : [...fields, sizeField];
    return `<Contents>${gap}<Key>${shown}</Key>${gap}${all.join(gap)}${gap}</Contents>`;
  });
  const encoding = encoded ? "<EncodingType>url</EncodingType>" : "";
  return `<?xml version="1.0"?>${gap}<ListBucketResult><Name>b</Name>${encoding}<KeyCount>${objects.length}</KeyCount><IsTruncated>true</IsTruncated>${entries.join(gap)}<NextContinuationToken>a&amp;b</NextContinuationToken></ListBucketResult>`;
}

describe("a page of a listing", () => {
  it("is read as it was written, in whichever of S3's dialects", () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 80 }), style, (objects, how) => {
        const whole = objects.map((one) => ({
          ...one,
          key: one.key.toWellFormed(),
          modified: how.fraction ? one.modified : Math.floor(one.modified / 1000) * 1000,
        }));
        const page = parsePage(Buffer.from(render(whole, how)));
        assert.deepEqual(page.objects, whole);
        assert.equal(page.truncated, true);
        assert.equal(page.next, "a&b");
        assert.equal(page.old, false);
      }),
    );
  });

  it("of another form is known for the older ListObjects", () => {
    const page = parsePage(
      Buffer.from(
        "<ListBucketResult><Name>b</Name><Marker></Marker><IsTruncated>false</IsTruncated></ListBucketResult>",
      ),
    );
    assert.deepEqual(page, { objects: [], truncated: false, next: undefined, old: true });
  });

  it("takes a name that looks like XML, or like a page's own words, for a name", () => {
    const keys = ["<Contents>", "</Contents><IsTruncated>false</IsTruncated>", "a&amp;b", "100%"];
    for (const encoded of [true, false]) {
      const text = render(
        keys.map((key) => ({ key, size: 1, etag: "", modified: 0, storageClass: undefined })),
        { encoded, quote: '"', gap: "", owner: "", fraction: true, sizeFirst: false },
      );
      const page = parsePage(Buffer.from(text));
      assert.deepEqual(
        page.objects.map(({ key }) => key),
        keys,
      );
      assert.equal(page.truncated, true);
    }
  });
});
