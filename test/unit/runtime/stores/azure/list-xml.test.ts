import assert from "node:assert/strict";
import fc from "fast-check";
import { parseBlobPage } from "../../../../../runtime/stores/azure/list-xml.ts";

interface Listed {
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
  readonly md5: boolean;
  readonly marks: "ours" | "theirs" | "none";
  readonly modified: number;
}

const MD5 = Buffer.from("900150983cd24fb0d6963f7d28e17f72", "hex");
const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function blob({ name, size, contentType, md5, marks, modified }: Listed, index: number): string {
  const ours =
    `<causeway_pin>v${index}</causeway_pin><causeway_size>${size}</causeway_size>` +
    "<causeway_modified>2026-01-31T12:00:00.000Z</causeway_modified><causeway_pipeline>acme/p</causeway_pipeline>";
  const metadata = { ours, theirs: "<Etag>x</Etag><project>y</project>", none: "" }[marks];
  return (
    `<Blob><Name>${escape(name)}</Name><Properties><Creation-Time>Sat, 21 Nov 2026 10:16:16 GMT</Creation-Time>` +
    `<Last-Modified>${new Date(modified).toUTCString()}</Last-Modified><Etag>0x8D${index}</Etag>` +
    `<Content-Length>${size}</Content-Length><Content-Type>${escape(contentType)}</Content-Type>` +
    (md5 ? `<Content-MD5>${MD5.toString("base64")}</Content-MD5>` : "<Content-MD5 />") +
    `<BlobType>BlockBlob</BlobType></Properties>${metadata === "" ? "<Metadata />" : `<Metadata>${metadata}</Metadata>`}<OrMetadata /></Blob>`
  );
}

function page(blobs: string, next = "<NextMarker />"): Buffer {
  return Buffer.from(
    `\uFEFF<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>${blobs}</Blobs>${next}</EnumerationResults>`,
  );
}

describe("a page of a container's listing", () => {
  it("gives every blob its own name, size, ETag, time and marks, however unlike its neighbours it is", () => {
    const listed = fc.record<Listed>({
      name: fc
        .string({ unit: "grapheme", minLength: 1 })
        .filter((name) => !/[\0-\x1f\ufffe\uffff]/.test(name)),
      size: fc.nat(),
      contentType: fc.constantFrom("text/csv", "application/octet-stream", "a&b <c>"),
      md5: fc.boolean(),
      marks: fc.constantFrom("ours", "theirs", "none"),
      modified: fc.nat({ max: 2_000_000_000 }).map((seconds) => seconds * 1000),
    });
    fc.assert(
      fc.property(fc.array(listed, { maxLength: 20 }), (all) => {
        const parsed = parseBlobPage(page(all.map(blob).join("")));
        assert.equal(parsed.next, undefined);
        assert.deepEqual(
          parsed.blobs,
          all.map(({ name, size, md5, marks, modified }, index) => ({
            name,
            etag: `"0x8D${index}"`,
            size,
            modified,
            marks:
              marks !== "ours"
                ? undefined
                : {
                    pin: `v${index}`,
                    etag: undefined,
                    size,
                    modified: "2026-01-31T12:00:00.000Z",
                    writer: "acme/p",
                  },
            marksAre: "seen",
            ...(md5 && marks !== "ours" ? { md5: MD5 } : {}),
          })),
        );
      }),
    );
  });

  it("names what XML cannot hold in percent-encoding", () => {
    const one: Listed = {
      name: "x",
      size: 1,
      contentType: "a",
      md5: false,
      marks: "none",
      modified: 0,
    };
    const xml = blob(one, 0).replace("<Name>x", '<Name Encoded="true">a%EF%BF%BE%20%25');
    assert.equal(parseBlobPage(page(xml)).blobs[0]?.name, "a\ufffe %");
  });

  it("reads marks whose values had to be encoded", () => {
    const own =
      "<causeway_pin>=?UTF-8?B?w6k=?=</causeway_pin><causeway_size>3</causeway_size><causeway_etag>e1</causeway_etag>" +
      "<causeway_modified>2026-01-31T12:00:00.000Z</causeway_modified><causeway_pipeline>a&amp;b/p</causeway_pipeline>";
    const one: Listed = {
      name: "x",
      size: 3,
      contentType: "a",
      md5: true,
      marks: "none",
      modified: 0,
    };
    const xml = blob(one, 0).replace("<Metadata />", `<Metadata>${own}</Metadata>`);
    assert.deepEqual(parseBlobPage(page(xml)).blobs[0]?.marks, {
      pin: "é",
      etag: "e1",
      size: 3,
      modified: "2026-01-31T12:00:00.000Z",
      writer: "a&b/p",
    });
  });

  it("tells the marker of the next page, and leaves folders of a hierarchical namespace out", () => {
    const one: Listed = {
      name: "x",
      size: 3,
      contentType: "a",
      md5: true,
      marks: "none",
      modified: 0,
    };
    const folder = blob({ ...one, name: "folder" }, 1).replace(
      "<BlobType>",
      "<ResourceType>directory</ResourceType><BlobType>",
    );
    const parsed = parseBlobPage(
      page(
        blob(one, 0) + folder + blob({ ...one, name: "y" }, 2),
        "<NextMarker>2!8&amp;A</NextMarker>",
      ),
    );
    assert.deepEqual(
      parsed.blobs.map(({ name }) => name),
      ["x", "y"],
    );
    assert.equal(parsed.next, "2!8&A");
  });

  it("is refused when it ends in the middle", () => {
    const one: Listed = {
      name: "x",
      size: 3,
      contentType: "a",
      md5: true,
      marks: "none",
      modified: 0,
    };
    const whole = page(blob(one, 0));
    assert.throws(
      () => parseBlobPage(whole.subarray(0, whole.indexOf("</Blob>"))),
      /middle of a blob/,
    );
  });
});
