import assert from "node:assert/strict";
import { retryClass } from "../../../../runtime/decide/retry.ts";
import { CloudError } from "../../../../runtime/errors.ts";
import { networkFailure } from "../../../../runtime/http/failure.ts";
import { Unsendable, WireError } from "../../../../runtime/http/wire/error.ts";
import { never } from "../fakes.ts";
import { closeAll, pair, type Pair } from "./client.ts";
import { ok, type Received } from "./odd-server.ts";

/** A server that keeps what it gets. */
async function keeping(): Promise<Pair & { got: Received[] }> {
  const got: Received[] = [];
  const both = await pair(async (peer) => {
    for (;;) {
      const request = await peer.request();
      if (request === undefined) return;
      got.push(request);
      await peer.send(ok());
    }
  });
  return { ...both, got };
}

describe("a request over the wire", () => {
  afterEach(closeAll);

  it("goes out as it is given, its path untouched, with the host it goes to", async () => {
    const { ask, got, server } = await keeping();
    await ask({ path: "/b/../a//%2F?x=1&y", headers: { "x-a": "é\t1", range: "bytes=0-1" } });
    const host = server.origin.slice("http://".length);
    const lines = [
      "GET /b/../a//%2F?x=1&y HTTP/1.1",
      "x-a: \xe9\t1",
      "range: bytes=0-1",
      `host: ${host}`,
    ];
    assert.equal(got[0]?.head, `${lines.join("\r\n")}\r\n\r\n`);
  });

  it("names the host that was signed, once", async () => {
    const { ask, got } = await keeping();
    await ask({ headers: { host: "bucket.s3.amazonaws.com" } });
    assert.deepEqual(got[0]?.head.match(/^host: .*$/gm), ["host: bucket.s3.amazonaws.com"]);
  });

  it("carries its body, in one buffer or several, with its length", async () => {
    const { ask, got } = await keeping();
    await ask({ method: "PUT", body: Buffer.from("abc") });
    await ask({ method: "PUT", body: [Buffer.from("ab"), Buffer.alloc(0), Buffer.from("cd")] });
    await ask({ method: "PUT", body: Buffer.from("abc"), headers: { "Content-Length": "3" } });
    await ask({ method: "PUT" });
    await ask({ method: "DELETE" });
    assert.deepEqual(
      got.map(({ body }) => body.toString()),
      ["abc", "abcd", "abc", "", ""],
    );
    const lengths = got.map(({ head }) => head.match(/content-length: \d+/gi));
    assert.deepEqual(lengths, [
      ["content-length: 3"],
      ["content-length: 4"],
      ["Content-Length: 3"],
      ["content-length: 0"],
      null,
    ]);
  });

  it("carries a body of many megabytes whole", async () => {
    const { ask, got } = await keeping();
    const parts = [5_000_001, 3, 262_144, 0, 9_000_000].map((size, index) =>
      Buffer.alloc(size, `part ${index}`),
    );
    await ask({ method: "PUT", body: parts });
    await ask({ method: "PUT", body: Buffer.concat(parts) });
    assert.equal(got[0]?.body.equals(Buffer.concat(parts)), true);
    assert.equal(got[1]?.body.equals(Buffer.concat(parts)), true);
  });

  it("that is answered before its body was taken has that answer, and its connection is dropped", async () => {
    const { ask, server } = await pair(async (peer) => {
      await peer.head();
      await peer.send("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
    });
    const body = Buffer.alloc(32 * 1024 * 1024);
    for (const turn of [1, 2]) {
      const answer = await ask({ method: "PUT", body });
      assert.equal(answer.status, 503);
      assert.equal(answer.text(), "busy");
      assert.equal(server.peers.length, turn);
    }
    assert.ok((server.peers[0]?.socket.bytesRead ?? 0) < body.length);
  });

  it("is refused where it could be read as two, and shows no values", async () => {
    const { ask, got } = await keeping();
    for (const [request, said] of [
      [{ headers: { a: "secret\r\nb: c" } }, /header a holds/],
      [{ headers: { a: "secret\0" } }, /header a holds/],
      // Its lower byte is a line feed.
      [{ headers: { a: "secret\u010ab: c" } }, /header a holds/],
      [{ headers: { "a\r\nb": "c" } }, /no header name/],
      [{ headers: { "": "c" } }, /no header name/],
      [{ headers: { "a:": "c" } }, /no header name/],
      [{ path: "/a HTTP/1.1\r\nb: secret" }, /path holds/],
      [{ path: "/\u010a" }, /path holds/],
      [{ path: "http://else.where/" }, /path holds/],
      [{ headers: { "transfer-encoding": "chunked" } }, /with their length/],
      [{ headers: { "content-length": "3" } }, /content-length is 3, the body has 0/],
      [
        { method: "PUT", body: Buffer.from("ab"), headers: { "Content-Length": "1" } },
        /has 2 bytes/,
      ],
    ] as const) {
      await assert.rejects(ask(request), (error: Error) => {
        assert.ok(error instanceof Unsendable);
        assert.match(error.message, said);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
    assert.equal(got.length, 0);
  });
});

describe("what went wrong on the wire, as a CloudError", () => {
  const asked = { service: "s3", action: "s3:GetObject", subject: "s3://b/k" } as const;
  const become = (error: unknown): CloudError => {
    const failure = networkFailure(error, asked, never);
    assert.ok(failure instanceof CloudError);
    return failure;
  };

  it("keeps how many bytes came", () => {
    const failure = become(new WireError("Truncated", "broke off", { received: 7 }));
    assert.equal(failure.code, "Truncated");
    assert.equal(failure.facts.received, 7);
    const reset = become(new WireError("ECONNRESET", "read ECONNRESET", { received: 3 }));
    assert.equal(reset.code, "Network");
    assert.equal(reset.facts.received, 3);
    assert.equal("received" in become(new WireError("Closed", "closed")).facts, false);
  });

  it("tells a deadline from a broken connection", () => {
    assert.equal(become(new WireError("TimedOut", "no answer for 60 s")).code, "TimedOut");
    assert.equal(become(new WireError("ETIMEDOUT", "connect")).code, "TimedOut");
    assert.equal(become(new WireError("ENOTFOUND", "getaddrinfo")).code, "Network");
  });

  it("is not repeated when the request was unfit to be sent", () => {
    assert.equal(retryClass(become(new Unsendable("the path holds")).facts), "fail");
  });
});
