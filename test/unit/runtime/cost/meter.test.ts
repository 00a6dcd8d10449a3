import assert from "node:assert/strict";
import { operationOf, type Cloud } from "../../../../runtime/cost/classify.ts";
import { Meter } from "../../../../runtime/cost/meter.ts";
import { noRequests, type Operation } from "../../../../runtime/cost/usage.ts";
import type { HttpRequest, HttpResponse, Send } from "../../../../runtime/http/send.ts";
import { never } from "../fakes.ts";

const asked = (method: HttpRequest["method"], path: string): HttpRequest => ({
  method,
  path,
  origin: "https://o",
  headers: {},
  signal: never,
});

function answering(body: string): Send {
  const answer: HttpResponse = {
    status: 200,
    headers: {},
    body: Buffer.from(body),
    text: () => body,
  };
  return () => Promise.resolve(answer);
}

describe("a request is billed", () => {
  const cases: readonly (readonly [Cloud, HttpRequest["method"], string, Operation])[] = [
    ["s3", "GET", "/b/k", "get"],
    ["s3", "GET", "/b/k?versionId=uploads", "get"],
    ["s3", "HEAD", "/b/k", "get"],
    ["s3", "GET", "/b?list-type=2&prefix=", "list"],
    ["s3", "GET", "/b?prefix=x&list-type=2", "list"],
    ["s3", "GET", "/b?uploads=", "list"],
    ["s3", "GET", "/b?uploads", "list"],
    ["s3", "GET", "/b/k?uploadId=7", "list"],
    ["s3", "PUT", "/b/k?partNumber=1&uploadId=7", "put"],
    ["s3", "POST", "/b/k?uploads=", "put"],
    ["s3", "DELETE", "/b/k?uploadId=7", "free"],
    ["azure-blob", "PUT", "/a/c/b?sig=x", "write"],
    ["azure-blob", "PUT", "/a/c/b?comp=block&blockid=x", "write"],
    ["azure-blob", "PUT", "/a/c/b?comp=blocklist", "write"],
    ["azure-blob", "PUT", "/a/c/b?comp=lease", "other"],
    ["azure-blob", "GET", "/a/c/b?sig=x", "read"],
    ["azure-blob", "HEAD", "/a/c/b?sig=x", "other"],
    ["azure-blob", "GET", "/a/c/b?comp=blocklist&sig=x", "other"],
    ["azure-blob", "GET", "/a/c?restype=container&comp=list", "list"],
    ["azure-blob", "DELETE", "/a/c/b", "free"],
  ];
  for (const [cloud, method, path, operation] of cases) {
    it(`as ${operation}: ${method} ${path} of ${cloud}`, () => {
      assert.equal(operationOf(cloud, asked(method, path)), operation);
    });
  }
});

describe("a meter", () => {
  it("counts requests by side and kind, and the bytes of bodies by direction", async () => {
    const meter = new Meter();
    const source = meter.metered(answering("twelve bytes"), "source", "s3");
    const target = meter.metered(answering(""), "target", "azure-blob");
    await source(asked("GET", "/b/k"));
    await source(asked("GET", "/b?list-type=2"));
    await target({ ...asked("PUT", "/a/c/b"), body: Buffer.alloc(5) });
    await target({
      ...asked("PUT", "/a/c/b?comp=block"),
      body: [Buffer.alloc(2), Buffer.alloc(3)],
    });
    assert.deepEqual(meter.usage(), {
      source: { requests: { ...noRequests(), get: 1, list: 1 }, sent: 0, received: 24 },
      target: { requests: { ...noRequests(), write: 2 }, sent: 10, received: 0 },
      byUrl: 0,
    });
  });

  it("counts the target's reading of the source by URL as a request there", async () => {
    const meter = new Meter();
    const target = meter.metered(answering(""), "target", "azure-blob");
    await target({ ...asked("PUT", "/a/c/b"), headers: { "x-ms-copy-source": "https://b/k" } });
    meter.byUrl(77);
    const { source, target: written, byUrl } = meter.usage();
    assert.deepEqual([source.requests.get, written.requests.write, byUrl], [1, 1, 77]);
  });

  it("counts requests that fail: the clouds bill them", async () => {
    const meter = new Meter();
    const send = meter.metered(() => Promise.reject(new Error("reset")), "source", "s3");
    await assert.rejects(send(asked("GET", "/b/k")), /reset/);
    assert.equal(meter.usage().source.requests.get, 1);
  });
});
