import assert from "node:assert/strict";
import { answering, closeAll, pair } from "./client.ts";
import { ok } from "./odd-server.ts";

const memory = () => Buffer.alloc(16);

describe("an answer over the wire", () => {
  afterEach(closeAll);

  it("has its status, its headers in lower case and its body", async () => {
    const { ask } = await answering([
      ok("hello", 'ETag: "a"\r\nX-Meta:  two words \t\r\nEmpty:\r\n'),
    ]);
    const answer = await ask();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["etag"], '"a"');
    assert.equal(answer.headers["x-meta"], "two words");
    assert.equal(answer.headers["empty"], "");
    assert.equal(answer.text(), "hello");
    assert.equal(answer.tooLong, undefined);
  });

  it("keeps header bytes above ASCII, also those that look like spaces", async () => {
    const { ask } = await answering([ok("", "x-amz-meta-a: \xc3\xa0\r\n")]);
    assert.equal((await ask()).headers["x-amz-meta-a"], "\xc3\xa0");
  });

  it("joins repeated headers, whatever they are called", async () => {
    const { ask } = await answering([ok("", "a: 1\r\nA: 2\r\nconstructor: x\r\n__proto__: y\r\n")]);
    const { headers } = await ask();
    assert.equal(headers["a"], "1, 2");
    assert.equal(headers["constructor"], "x");
    assert.equal(headers["__proto__"], "y");
    assert.equal(Object.hasOwn(headers, "toString") || "toString" in headers, false);
  });

  it("has its own headers, whatever the answer before it had on the same connection", async () => {
    const answers = [
      "ETag: a\r\nx-a: 1\r\nx-b: 2\r\n",
      "ETag2: b\r\nx-b: 3\r\nX-A: 4\r\n",
      "x-ab: 5\r\n",
      "ETag: c\r\nx-a: 6\r\nx-b: 7\r\nx-c: 8\r\n",
    ];
    const { ask, server } = await pair(async (peer) => {
      for (const headers of answers) {
        await peer.request();
        await peer.send(ok("", headers));
      }
    });
    const seen: unknown[] = [];
    for (let turn = 0; turn < answers.length; turn += 1) {
      const { headers } = await ask();
      const own = Object.entries(headers).filter(([name]) => name !== "content-length");
      seen.push(Object.fromEntries(own));
    }
    assert.deepEqual(seen, [
      { etag: "a", "x-a": "1", "x-b": "2" },
      { etag2: "b", "x-b": "3", "x-a": "4" },
      { "x-ab": "5" },
      { etag: "c", "x-a": "6", "x-b": "7", "x-c": "8" },
    ]);
    assert.equal(server.peers.length, 1);
  });

  it("has a header's new value where that begins with the one before it", async () => {
    const answers = ["x: 1\r\nlast: 1", "x: 1\r\nlast: 12", "x: 12\r\nlast: 12", "x: 1\r\nlast: 1"];
    const { ask } = await pair(async (peer) => {
      for (const headers of answers) {
        await peer.request();
        await peer.send(`HTTP/1.1 200 OK\r\ncontent-length: 0\r\n${headers}\r\n\r\n`);
      }
    });
    for (const headers of answers) {
      const { x = "", last = "" } = (await ask()).headers;
      assert.equal(`x: ${x}\r\nlast: ${last}`, headers);
    }
  });

  it("is read straight into the caller's memory", async () => {
    const { ask } = await answering([ok("hello")]);
    const into = memory();
    const { body } = await ask({ into });
    assert.equal(body.toString(), "hello");
    assert.equal(body.buffer, into.buffer);
    assert.equal(body.byteOffset, into.byteOffset);
  });

  it("fills memory that is exactly as long as the body", async () => {
    const { ask } = await answering([ok("0123456789abcdef")]);
    const into = memory();
    await ask({ into });
    assert.equal(into.toString(), "0123456789abcdef");
  });

  it("is too long for the caller's memory rather than written past it", async () => {
    for (const answer of [
      ok("0123456789abcdefX"),
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n0123456789abcdefX\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n0123456789abcdefX",
    ]) {
      const { ask, server } = await answering([answer]);
      const space = Buffer.alloc(20, "-");
      const read = await ask({ into: space.subarray(0, 16) });
      assert.equal(read.tooLong, true);
      assert.equal(read.body.length, 0);
      assert.equal(space.toString("utf8", 16), "----");
      await ask({ method: "HEAD" });
      assert.equal(server.peers.length, 2, "the rest of the body is still on the first one");
    }
  });

  it("is too long without being read when it says so itself", async () => {
    const { ask } = await answering(["HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"]);
    assert.equal((await ask({ limit: 1000 })).tooLong, true);
    assert.equal((await ask({ into: memory() })).tooLong, true);
  });

  it("leaves the caller's memory alone when it is an error", async () => {
    const error = "<Error><Code>SlowDown</Code></Error>";
    const head = `HTTP/1.1 503 Slow Down\r\nContent-Length: ${error.length}\r\n\r\n`;
    const { ask } = await answering([head, error]);
    const into = memory();
    const answer = await ask({ into });
    assert.equal(answer.text(), error);
    assert.deepEqual(into, memory());
  });

  it("is too long when an error has more than a mebibyte to say", async () => {
    const head = `HTTP/1.1 500 Oops\r\nContent-Length: ${1024 * 1024 + 1}\r\n\r\n`;
    const { ask } = await answering([head]);
    assert.equal((await ask({ into: memory() })).tooLong, true);
  });

  it("may come in chunks, with extensions and trailers, into memory too", async () => {
    const chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";
    const { ask, server } = await answering([chunked]);
    assert.equal((await ask()).text(), "abc0123456789");
    const into = memory();
    const { body } = await ask({ into });
    assert.equal(body.toString(), "abc0123456789");
    assert.equal(body.buffer, into.buffer);
    assert.equal(server.peers.length, 1, "the connection is as good as new");
  });

  it("may end with the connection", async () => {
    for (const version of ["1.0", "1.1"]) {
      const { ask } = await answering([`HTTP/${version} 200 OK\r\n\r\n`, "hel", "lo"], {
        thenEnd: true,
      });
      assert.equal((await ask()).text(), "hello");
      assert.equal((await ask({ into: memory() })).text(), "hello");
    }
  });

  it("follows interim answers", async () => {
    const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    const { ask } = await answering([interim + ok("a")]);
    const answer = await ask();
    assert.equal(answer.text(), "a");
    assert.equal(answer.headers["link"], undefined);
  });

  it("has no body to a HEAD, nor with 204 or 304, whatever length it tells", async () => {
    for (const [method, status] of [
      ["HEAD", "200 OK"],
      ["GET", "204 No Content"],
      ["GET", "304 Not Modified"],
    ] as const) {
      const { ask, server } = await answering([`HTTP/1.1 ${status}\r\nContent-Length: 9\r\n\r\n`]);
      const answer = await ask({ method });
      assert.equal(answer.body.length, 0);
      assert.equal(answer.headers["content-length"], "9");
      await ask({ method });
      assert.equal(server.peers.length, 1);
    }
  });

  it("is not HTTP when its head is not", async () => {
    for (const odd of [
      "SSH-2.0-OpenSSH_9.6\r\n\r\n",
      "HTTP/2 200 OK\r\n\r\n",
      "HTTP/1.1 abc\r\n\r\n",
      "HTTP/1.1 200OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\na: x\nb: y\r\n\r\n",
      "HTTP/1.1 200 OK\r\na: x\0y\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      `HTTP/1.1 200 OK\r\na: ${"x".repeat(100_000)}\r\n\r\n`,
      `HTTP/1.1 200 OK\r\na: ${"x".repeat(100_000)}`,
    ]) {
      const { ask } = await answering([odd]);
      await assert.rejects(ask(), { code: "Malformed" }, odd.slice(0, 80));
    }
  });

  it("may repeat the same length", async () => {
    const { ask } = await answering([
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
    ]);
    assert.equal((await ask()).text(), "a");
  });

  it("that breaks off says how many bytes are in the caller's memory", async () => {
    for (const head of ["Content-Length: 9", "Transfer-Encoding: chunked"]) {
      const body = head.endsWith("9") ? "hello" : "9\r\nhello";
      const { ask } = await answering([`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`, body], {
        thenEnd: true,
      });
      await assert.rejects(ask({ into: memory() }), { code: "Truncated", received: 5 });
      await assert.rejects(ask(), { code: "Truncated", received: undefined });
    }
  });

  it("that is cut by a reset says so and how many bytes came", async () => {
    const { ask } = await pair(async (peer) => {
      await peer.request();
      await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
      await new Promise((later) => setTimeout(later, 20));
      peer.socket.resetAndDestroy();
    });
    await assert.rejects(ask({ into: memory() }), { code: "ECONNRESET", received: 5 });
  });

  it("of many megabytes arrives whole, into memory or gathered", async () => {
    const length = 20_000_003;
    const body = Buffer.alloc(length, "0123456789abcdefghi");
    const { ask } = await answering([`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`, body]);
    const into = Buffer.alloc(length + 1);
    assert.equal((await ask({ into })).body.equals(body), true);
    assert.equal(into[length], 0);
    assert.equal((await ask()).body.equals(body), true);
  });
});
