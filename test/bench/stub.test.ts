import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fromS3Base64, toAzureBase64 } from "../../runtime/checksum/combine.ts";
import { crc64 } from "../../runtime/checksum/crc64.ts";
import { AWS, Rig, SAS } from "./rig.ts";
import { Content, Receiver } from "./stub/content.ts";
import { bytesOf, PERIOD } from "./stub/pattern.ts";

const signed = { authorization: `AWS4-HMAC-SHA256 ${AWS.AWS_ACCESS_KEY_ID}` };

describe("the benchmarks' stub clouds", () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.start();
  });
  after(() => rig.stop());
  beforeEach(() => rig.control.order("reset", {}));

  const s3 = (path: string, init: RequestInit = {}) =>
    fetch(`${rig.s3Endpoint}/${path}`, {
      ...init,
      headers: { ...signed, ...(init.headers as Record<string, string> | undefined) },
    });
  const blob = (path: string, query: string, init: RequestInit & { duplex?: "half" } = {}) =>
    fetch(`${rig.blobEndpoint}/${path}?${query}${query === "" ? "" : "&"}${SAS}`, init);
  const source = (count: number, size: number, more: { shape?: "nested" } = {}) =>
    rig.control.order("populate", {
      side: "s3",
      bucket: "src",
      prefix: "p/",
      count,
      size,
      ...more,
    });
  const target = () => rig.control.order("clear", { side: "blob", bucket: "dst", prefix: "" });

  it("know a body for what it is, in whatever chunks it comes", () => {
    const whole = Buffer.concat([bytesOf(9, 0, PERIOD), bytesOf(9, 0, 40_000)]);
    for (const step of [1, 7, 16, 1000, 65_536]) {
      const receiver = new Receiver();
      for (let at = 0; at < whole.length; at += step) receiver.take(whole.subarray(at, at + step));
      assert.equal(receiver.content().uniform, 9, `in chunks of ${step}`);
    }
  });

  it("see where two versions meet in one body, and a block in the wrong place", () => {
    const receiver = new Receiver();
    receiver.take(Buffer.concat([bytesOf(1, 0, 5001), bytesOf(2, 5001, 5000)]));
    assert.equal(receiver.content().uniform, undefined);
    const pattern = Content.pattern(3, 300_000);
    const swapped = Content.joined([pattern.slice(150_000, 300_000), pattern.slice(0, 150_000)]);
    assert.equal(swapped.uniform, undefined);
    const right = Content.joined([pattern.slice(0, 150_000), pattern.slice(150_000, 300_000)]);
    assert.equal(right.uniform, 3);
  });

  it("serve bytes that fit their ETag and their CRC-64", async () => {
    await source(3, 100_000);
    const response = await s3("src/p/000000002", { headers: { "x-amz-checksum-mode": "ENABLED" } });
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(
      response.headers.get("etag"),
      `"${createHash("md5").update(bytes).digest("hex")}"`,
    );
    const crc = response.headers.get("x-amz-checksum-crc64nvme") ?? "";
    assert.equal(fromS3Base64(crc), crc64(bytes, Buffer.alloc(0)));
  });

  it("compute the CRC-64 of a big body as if they had read it", () => {
    const content = Content.pattern(5, 3 * PERIOD + 12_345).slice(777, 3 * PERIOD + 2222);
    assert.equal(content.crc64(), crc64(content.bytes(), Buffer.alloc(0)));
  });

  it("list a population in key order, page by page, with what was written among it", async () => {
    await source(2500, 10, { shape: "nested" });
    await s3("src/p/000/000/000000003x", { method: "PUT", body: "new" });
    await s3("src/p/000/000/000000005", { method: "DELETE" });
    const keys: string[] = [];
    let token = "";
    do {
      const page = await (
        await s3(
          `src?list-type=2&prefix=p/${token === "" ? "" : `&continuation-token=${encodeURIComponent(token)}`}`,
        )
      ).text();
      keys.push(...[...page.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = ""]) => key));
      token = /<NextContinuationToken>(.*?)</.exec(page)?.[1] ?? "";
    } while (token !== "");
    assert.equal(keys.length, 2500);
    assert.deepEqual(keys, [...keys].sort());
    assert.equal(keys[4], "p/000/000/000000003x");
    assert.ok(!keys.includes("p/000/000/000000005"));
    const folders = await (await s3("src?list-type=2&prefix=p/000/&delimiter=/")).text();
    assert.equal(folders.match(/<CommonPrefixes>/g)?.length, 3);
  });

  it("fetch by URL under the source's condition, and answer with the CRC-64", async () => {
    await source(1, 20_000);
    await target();
    const url = `${rig.s3Endpoint}/src/p/000000000?X-Amz-Signature=rig`;
    const bytes = Buffer.from(await (await s3("src/p/000000000")).arrayBuffer());
    const put = (condition: string) =>
      blob("dst/x", "comp=block&blockid=AAAA", {
        method: "PUT",
        headers: {
          "x-ms-copy-source": url,
          "x-ms-source-range": "bytes=100-19999",
          "x-ms-source-if-match": condition,
        },
      });
    const taken = await put("*");
    assert.equal(taken.status, 201);
    assert.equal(
      taken.headers.get("x-ms-content-crc64"),
      toAzureBase64(crc64(bytes.subarray(100), Buffer.alloc(0))),
    );
    assert.equal((await put('"other"')).headers.get("x-ms-error-code"), "SourceConditionNotMet");
    const commit = (headers: Record<string, string>) =>
      blob("dst/x", "comp=blocklist", {
        method: "PUT",
        headers,
        body: "<BlockList><Latest>AAAA</Latest></BlockList>",
      });
    assert.equal((await commit({ "if-none-match": "*" })).status, 201);
    assert.equal((await commit({ "if-none-match": "*" })).status, 409);
    assert.equal((await commit({ "if-match": '"0x0"' })).status, 412);
  });

  it("refuse a body that is not what its CRC-64 says", async () => {
    await target();
    const put = (said: bigint) =>
      blob("dst/y", "", {
        method: "PUT",
        headers: { "x-ms-blob-type": "BlockBlob", "x-ms-content-crc64": toAzureBase64(said) },
        body: "123456789",
      });
    assert.equal((await put(0xae8b14860a799888n)).status, 201);
    assert.equal((await put(1n)).headers.get("x-ms-error-code"), "Crc64Mismatch");
  });

  it("overwrite an object in mid-copy once, and tell a torn copy from a whole one", async () => {
    await source(1, 200_000);
    await target();
    await rig.control.order("conditions", { side: "s3", overwriteAt: 0.5 });
    const part = async (range: string) =>
      Buffer.from(await (await s3("src/p/000000000", { headers: { range } })).arrayBuffer());
    const halves = [await part("bytes=0-99999"), await part("bytes=100000-199999")];
    const write = (body: Buffer) =>
      blob("dst/000000000", "", {
        method: "PUT",
        headers: { "x-ms-blob-type": "BlockBlob" },
        body: new Uint8Array(body),
      });
    await write(Buffer.concat(halves));
    const places = {
      source: { side: "s3" as const, bucket: "src", prefix: "p/" },
      target: { side: "blob" as const, bucket: "dst", prefix: "" },
    };
    assert.equal((await rig.control.order("verify", places)).torn, 1);
    await write(await part("bytes=0-"));
    assert.equal((await rig.control.order("verify", places)).same, 1);
  });

  it("answer the asked share of requests with faults, and count them", async () => {
    await source(1, 10);
    await rig.control.order("conditions", { side: "s3", busy: 0.2, seed: 3 });
    const statuses: number[] = [];
    for (let index = 0; index < 200; index += 1) {
      const response = await s3("src/p/000000000");
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    const refused = statuses.filter((status) => status === 503).length;
    assert.ok(refused > 20 && refused < 60, `${refused} of 200`);
    const { s3: counted } = await rig.control.order("counters", {});
    assert.equal(counted.faults["busy"], refused);
    assert.equal(counted.byOperation["GetObject"], 200);
    await rig.control.order("conditions", { side: "s3", calm: true, truncate: 1 });
    await assert.rejects(async () => (await s3("src/p/000000000")).arrayBuffer());
    await rig.control.order("conditions", { side: "s3", calm: true, reset: 1 });
    await assert.rejects(() => s3("src/p/000000000"));
  });

  it("make each answer wait for the round trip, and a body for its rate", async () => {
    await source(1, 100_000);
    await rig.control.order("conditions", { side: "s3", rttMs: 60, bytesPerSecond: 500_000 });
    const began = performance.now();
    await (await s3("src/p/000000000")).arrayBuffer();
    const elapsed = performance.now() - began;
    assert.ok(elapsed >= 240, `${elapsed.toFixed(0)} ms for 60 ms and 200 ms of body`);
  });
});
