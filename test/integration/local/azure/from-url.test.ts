import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import {
  BlobServiceClient,
  type ContainerClient,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { LocalAzure } from "../../../../local/azure/azure.ts";
import { Crc64 } from "../../../../local/azure/front/crc64.ts";
import {
  clientOptions,
  containerOf,
  createAccount,
  group,
  refusalOf,
  sasFor,
  serve,
  type TestServer,
} from "./fixture.ts";

const bytes = randomBytes(700_000);
const md5Of = (body: Buffer) => createHash("md5").update(body).digest();
const crcOf = (body: Buffer) => Buffer.from(new Crc64().update(body).digest());
const id = (n: number) => Buffer.from(String(n).padStart(6, "0")).toString("base64");

describe("Copies from a URL", () => {
  let azure: LocalAzure;
  let source: TestServer;
  let container: ContainerClient;
  let asked: IncomingHttpHeaders[] = [];
  before(async () => {
    azure = await LocalAzure.start({ port: 0 });
    await createAccount(azure, "landing");
    container = await containerOf(azure, "landing");
    source = await serve((req, res) => {
      asked.push(req.headers);
      answer(req, res);
    });
  });
  beforeEach(() => {
    asked = [];
  });
  after(async () => {
    await azure.close();
    await source.close();
  });

  const from = (path: string) => `${source.url}/${path}`;
  const blob = (name: string) => container.getBlockBlobClient(name);
  const contentOf = (name: string) => blob(name).downloadToBuffer();

  describe("by Put Block From URL", () => {
    it("stage the ranges that they name and answer with each one's CRC-64", async () => {
      const target = blob("blocks");
      const cuts = [0, 250_000, 600_000, bytes.length];
      for (const [n, start] of cuts.slice(0, -1).entries()) {
        const length = cuts[n + 1]! - start;
        const staged = await target.stageBlockFromURL(id(n), from("object"), start, length);
        const part = bytes.subarray(start, start + length);
        assert.deepEqual(Buffer.from(staged.xMsContentCrc64 ?? []), crcOf(part));
      }
      await target.commitBlockList([id(0), id(1), id(2)]);
      assert.ok((await contentOf("blocks")).equals(bytes));
      assert.equal(asked[1]?.range, "bytes=250000-599999");
    });

    it("are refused with 412 when the source has changed", async () => {
      const options = { conditions: {}, sourceConditions: { ifMatch: '"v2"' } };
      // The SDK has no source conditions for blocks; the REST operation does.
      const url = `${blob("changed").url}&comp=block&blockid=${encodeURIComponent(id(0))}`;
      const put = (pin: string) =>
        fetch(url, {
          method: "PUT",
          headers: {
            "x-ms-version": "2025-01-05",
            "x-ms-copy-source": from("object"),
            "x-ms-source-if-match": pin,
          },
        });
      const refused = await put(options.sourceConditions.ifMatch);
      assert.equal(refused.status, 412);
      assert.equal(refused.headers.get("x-ms-error-code"), "SourceConditionNotMet");
      assert.equal((await put('"v1"')).status, 201);
    });

    it("check the MD5 or the CRC-64 that the caller knows of the source, before anything is staged", async () => {
      const target = blob("sums");
      const md5 = Uint8Array.from(md5Of(bytes));
      const right = await target.stageBlockFromURL(id(0), from("object"), 0, undefined, {
        sourceContentMD5: md5,
      });
      assert.deepEqual(right.contentMD5 && Buffer.from(right.contentMD5), md5Of(bytes));
      assert.equal(right.xMsContentCrc64, undefined);
      const other = Buffer.from("other");
      const wrongMd5 = { sourceContentMD5: Uint8Array.from(md5Of(other)) };
      const wrongCrc = { sourceContentCrc64: Uint8Array.from(crcOf(other)) };
      const stage = (options: object) =>
        target.stageBlockFromURL(id(1), from("object"), 0, undefined, options);
      assert.deepEqual(await refusalOf(stage(wrongMd5)), [400, "Md5Mismatch"]);
      assert.deepEqual(await refusalOf(stage(wrongCrc)), [400, "Crc64Mismatch"]);
      const { uncommittedBlocks } = await target.getBlockList("uncommitted");
      assert.deepEqual(
        uncommittedBlocks?.map(({ name }) => name),
        [id(0)],
      );
    });
  });

  describe("by Put Blob From URL", () => {
    it("take the source's properties, and a request's own over them", async () => {
      await blob("whole").syncUploadFromURL(from("object"), {
        blobHTTPHeaders: { blobContentLanguage: "en" },
        metadata: { pin: "v1" },
      });
      assert.ok((await contentOf("whole")).equals(bytes));
      const properties = await blob("whole").getProperties();
      assert.equal(properties.contentType, "text/csv");
      assert.equal(properties.contentEncoding, "gzip");
      assert.equal(properties.contentLanguage, "en");
      assert.deepEqual(properties.metadata, { pin: "v1" });
    });

    it("leave the source's properties where they are when asked to", async () => {
      await blob("bare").syncUploadFromURL(from("object"), { copySourceBlobProperties: false });
      const { contentType } = await blob("bare").getProperties();
      assert.equal(contentType, "application/octet-stream");
    });

    it("copy an empty object", async () => {
      await blob("empty").syncUploadFromURL(from("empty"));
      assert.equal((await blob("empty").getProperties()).contentLength, 0);
    });

    it("carry the condition on what the target is", async () => {
      const ifNone = { conditions: { ifNoneMatch: "*" } };
      await blob("once").syncUploadFromURL(from("object"), ifNone);
      const again = blob("once").syncUploadFromURL(from("object"), ifNone);
      assert.deepEqual(await refusalOf(again), [409, "BlobAlreadyExists"]);
    });

    it("carry the condition on what the source is", async () => {
      const ifMatch = (pin: string) =>
        blob("pinned").syncUploadFromURL(from("object"), { sourceConditions: { ifMatch: pin } });
      assert.deepEqual(await refusalOf(ifMatch('"v2"')), [412, "SourceConditionNotMet"]);
      await ifMatch('"v1"');
      const ifNoneMatch = blob("pinned").syncUploadFromURL(from("object"), {
        sourceConditions: { ifNoneMatch: '"v1"' },
      });
      assert.deepEqual(await refusalOf(ifNoneMatch), [412, "SourceConditionNotMet"]);
      const deaf = blob("pinned").syncUploadFromURL(from("no-conditions"), {
        sourceConditions: { ifMatch: '"v2"' },
      });
      assert.deepEqual(await refusalOf(deaf), [412, "SourceConditionNotMet"]);
    });

    it("show the source the authorization that is meant for it, and nothing else of the caller's", async () => {
      await blob("bearer").syncUploadFromURL(from("object"), {
        sourceAuthorization: { scheme: "Bearer", value: "token" },
      });
      assert.equal(asked[0]?.authorization, "Bearer token");
      assert.equal(asked[0]["x-ms-client-request-id"], undefined);
    });

    it("work with the account's key, whose signature is checked for the request as it came", async () => {
      const { keys } = await azure.arm.listKeys(group, "landing");
      const withKey = (key: string) =>
        new BlobServiceClient(
          `${azure.endpoint}/landing`,
          new StorageSharedKeyCredential("landing", key),
          clientOptions,
        )
          .getContainerClient("data")
          .getBlockBlobClient("keyed")
          .syncUploadFromURL(from("object"), { metadata: { a_b: "1", ab: "2", b1: "3" } });
      await withKey(keys[1]!.value);
      assert.ok((await contentOf("keyed")).equals(bytes));
      const forged = withKey(randomBytes(64).toString("base64"));
      assert.deepEqual(await refusalOf(forged), [403, "AuthenticationFailed"]);
    });
  });

  describe("by Copy Blob From URL", () => {
    it("are done when the answer comes", async () => {
      const copied = await blob("copy").syncCopyFromURL(from("object"));
      assert.equal(copied._response.status, 202);
      assert.equal(copied.copyStatus, "success");
      assert.ok((await contentOf("copy")).equals(bytes));
      assert.equal((await blob("copy").getProperties()).contentType, "text/csv");
    });

    it("take sources of up to 256 MiB", async () => {
      const tooLarge = blob("large").syncCopyFromURL(from("claims/268435457"));
      assert.deepEqual(await refusalOf(tooLarge), [409, "CannotVerifyCopySource"]);
    });
  });

  describe("are refused", () => {
    const put = (path: string) => blob("refused").syncUploadFromURL(from(path));

    it("with the source's own status when it does not give the object", async () => {
      for (const status of [401, 403, 404, 503]) {
        const [answered, code] = await refusalOf(put(`status/${status}`));
        assert.deepEqual([answered, code], [status, "CannotVerifyCopySource"]);
      }
      assert.deepEqual(await refusalOf(put("status/302")), [409, "CannotVerifyCopySource"]);
      assert.equal(await blob("refused").exists(), false);
    });

    it("when nobody answers at the source, or it breaks off", async () => {
      const nowhere = blob("refused").syncUploadFromURL("http://127.0.0.1:9/object");
      assert.deepEqual(await refusalOf(nowhere), [500, "CannotVerifyCopySource"]);
      assert.deepEqual(await refusalOf(put("truncated")), [500, "CannotVerifyCopySource"]);
      assert.deepEqual(await refusalOf(put("unsized")), [400, "CannotVerifyCopySource"]);
      assert.equal(await blob("refused").exists(), false);
    });

    it("when the source is longer than the operation takes", async () => {
      const mebibyte = 1024 * 1024;
      const blobTooLarge = put(`claims/${5000 * mebibyte + 1}`);
      assert.deepEqual(await refusalOf(blobTooLarge), [413, "RequestBodyTooLarge"]);
      const url = from(`claims/${4000 * mebibyte + 1}`);
      const blockTooLarge = blob("refused").stageBlockFromURL(id(0), url);
      assert.deepEqual(await refusalOf(blockTooLarge), [413, "RequestBodyTooLarge"]);
    });

    it("when the range lies outside the source, or the source knows no ranges", async () => {
      const outside = blob("refused").stageBlockFromURL(id(0), from("object"), 800_000, 10);
      assert.deepEqual(await refusalOf(outside), [416, "InvalidRange"]);
      const deaf = blob("refused").stageBlockFromURL(id(0), from("no-ranges"), 10, 10);
      assert.deepEqual(await refusalOf(deaf), [416, "InvalidRange"]);
    });

    it("when the URL is none, or longer than 2 KiB", async () => {
      for (const url of ["object", "ftp://host/object", from("x".repeat(2048))]) {
        const refused = blob("refused").syncUploadFromURL(url);
        assert.deepEqual(await refusalOf(refused), [400, "InvalidHeaderValue"], url.slice(0, 30));
      }
    });

    it("for the caller's credentials before anything is said of the source", async () => {
      const reader = await containerOf(azure, "landing", { permissions: "r" });
      const expired = await sasFor(azure, "landing", {
        sharedAccessExpiryTime: new Date(Date.now() - 1000).toISOString(),
      });
      for (const path of ["object", "status/404"]) {
        const unauthorized = reader.getBlockBlobClient("refused").syncUploadFromURL(from(path));
        assert.deepEqual(await refusalOf(unauthorized), [403, "AuthorizationPermissionMismatch"]);
        const url = `${azure.endpoint}/landing/data/refused?${expired}&comp=block&blockid=MA%3D%3D`;
        const headers = { "x-ms-version": "2025-01-05", "x-ms-copy-source": from(path) };
        const late = await fetch(url, { method: "PUT", headers });
        assert.equal(late.headers.get("x-ms-error-code"), "AuthenticationFailed");
      }
      assert.equal(await blob("refused").exists(), false);
    });
  });
});

function answer(req: IncomingMessage, res: ServerResponse): void {
  const [, what, argument] = (req.url ?? "").split("/");
  const headers = { etag: '"v1"', "content-type": "text/csv", "content-encoding": "gzip" };
  switch (what) {
    case "status":
      return void res.writeHead(Number(argument), { location: "/object" }).end();
    case "claims":
      return void res.writeHead(200, { "content-length": argument }).write("x");
    case "truncated":
      res.writeHead(200, { "content-length": 1000 }).write("x");
      return void setTimeout(() => res.destroy(), 20);
    case "unsized":
      res.writeHead(200).write("x");
      return void res.end("y");
    case "empty":
      return void res.writeHead(200, { "content-length": 0 }).end();
    case "no-ranges":
    case "no-conditions":
      return void res.writeHead(200, { ...headers, "content-length": bytes.length }).end(bytes);
    default:
      object(req, res, headers);
  }
}

function object(req: IncomingMessage, res: ServerResponse, headers: Record<string, string>): void {
  const { range, "if-match": match, "if-none-match": noneMatch } = req.headers;
  if (match !== undefined && match !== headers["etag"]) return void res.writeHead(412).end();
  if (noneMatch === headers["etag"]) return void res.writeHead(304).end();
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  if (Number(first) >= bytes.length) return void res.writeHead(416).end();
  const end = last === undefined || last === "" ? bytes.length : Number(last) + 1;
  const part = bytes.subarray(Number(first ?? 0), end);
  res.writeHead(range === undefined ? 200 : 206, { ...headers, "content-length": part.length });
  res.end(part);
}
