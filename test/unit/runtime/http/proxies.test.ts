import assert from "node:assert/strict";
import { BadJob } from "../../../../runtime/errors.ts";
import { proxiesOf } from "../../../../runtime/http/proxies.ts";
import { Http } from "../../../../runtime/http/send.ts";
import { placeOf } from "../../../../runtime/http/wire/connect.ts";
import { scrub } from "../../../../runtime/secrets.ts";
import { OddServer, type Peer } from "./odd-server.ts";
import { TestProxy } from "./proxy.ts";
import { selfSigned } from "./self-signed.ts";

describe("which proxy", () => {
  const through = (env: NodeJS.ProcessEnv, origin: string): string | undefined => {
    const proxy = proxiesOf(env)(placeOf(origin));
    return proxy && `${proxy.host}:${proxy.port}`;
  };
  const both = { HTTPS_PROXY: "http://safe:3128", http_proxy: "plain:8080" };

  it("goes by the scheme; ALL_PROXY stands in for either", () => {
    assert.equal(through(both, "https://s3.eu-west-1.amazonaws.com"), "safe:3128");
    assert.equal(through(both, "http://minio.example.com:9000"), "plain:8080");
    assert.equal(through({ ALL_PROXY: "http://any" }, "https://a.example.com"), "any:80");
    assert.equal(through({}, "https://a.example.com"), undefined);
  });

  it("is none for this machine, and for where credentials are handed out", () => {
    for (const host of ["localhost", "127.0.0.1", "[::1]", "169.254.170.2", "a.localhost"]) {
      assert.equal(through(both, `http://${host}:1234`), undefined, host);
    }
  });

  for (const [exception, without, withProxy] of [
    ["example.com", ["https://example.com", "https://b.example.com"], ["https://notexample.com"]],
    [".example.com", ["https://b.example.com"], ["https://example.org"]],
    ["*.example.com", ["https://b.example.com"], ["https://example.org"]],
    ["a.test:9000, b.test", ["http://a.test:9000", "https://b.test"], ["http://a.test:9001"]],
    ["10.0.0.0/8 192.168.1.7", ["https://10.9.8.7", "http://192.168.1.7"], ["https://11.0.0.1"]],
    ["fd00::/8", ["https://[fd00::1]"], ["https://[fe00::1]"]],
    ["*", ["https://example.com", "http://10.0.0.1"], []],
  ] as const) {
    it(`is none for what NO_PROXY=${exception} names`, () => {
      const env = { ...both, NO_PROXY: exception };
      for (const origin of without) assert.equal(through(env, origin), undefined, origin);
      for (const origin of withProxy) assert.notEqual(through(env, origin), undefined, origin);
    });
  }

  it("that is no HTTP proxy's is refused, without showing the password that may be in it", () => {
    assert.throws(
      () => proxiesOf({ HTTPS_PROXY: "socks5://me:hunter22222@proxy:1080" }),
      (error: unknown) =>
        error instanceof BadJob &&
        error.message.startsWith("HTTPS_PROXY is no address of an HTTP proxy.") &&
        !error.message.includes("hunter"),
    );
  });

  it("keeps its password out of whatever is written", () => {
    proxiesOf({ HTTPS_PROXY: "http://me:correct-horse@proxy:3128" });
    assert.doesNotMatch(scrub("it said correct-horse"), /horse/);
  });
});

describe("requests through a proxy", () => {
  const certificate = selfSigned("DNS:storage.test");
  const { signal } = new AbortController();
  const body = Buffer.alloc(300_000, "0123456789abcdefghi");
  let proxy: TestProxy;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    proxy = await TestProxy.start();
    closing.push(() => proxy.close());
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  /** A server that no name leads to but through the proxy. */
  const serve = async (how: "http" | "https") => {
    const answer = async (peer: Peer): Promise<void> => {
      while ((await peer.request()) !== undefined) {
        await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`, body);
      }
    };
    const server = await OddServer.start(answer, how === "https" ? certificate : undefined);
    const address = `http://me:correct-horse@127.0.0.1:${proxy.port}`;
    const proxies = proxiesOf({ HTTPS_PROXY: address, HTTP_PROXY: address });
    const http = new Http({ proxies, ca: certificate.cert });
    closing.unshift(async () => {
      await http.close();
      await server.close();
    });
    const origin = server.origin.replace("127.0.0.1", "storage.test");
    const ask = (into?: Buffer) =>
      http.send({
        method: "PUT",
        origin,
        path: "/bucket/key?x=1",
        headers: {},
        body,
        signal,
        ...(into === undefined ? {} : { into }),
      });
    return { server, origin, ask };
  };
  const BASIC = `Basic ${Buffer.from("me:correct-horse").toString("base64")}`;

  it("over TLS are tunnelled: the proxy learns whereto and nothing else, and the memory is the caller's", async () => {
    const { ask, origin, server } = await serve("https");
    const into = Buffer.alloc(body.length);
    for (let turn = 0; turn < 3; turn += 1) {
      into.fill(0);
      assert.equal((await ask(into)).status, 200);
      assert.ok(into.equals(body));
    }
    assert.deepEqual(proxy.asked, [{ line: `CONNECT ${new URL(origin).host}`, by: BASIC }]);
    assert.equal(server.peers.length, 1, "one connection carries them all");
  });

  it("without TLS name the whole address", async () => {
    const { ask, origin } = await serve("http");
    const answer = await ask();
    assert.ok(answer.body.equals(body));
    assert.deepEqual(proxy.asked, [{ line: `PUT ${origin}/bucket/key?x=1`, by: BASIC }]);
  });

  it("that it refuses fail with its own words", async () => {
    const { ask } = await serve("https");
    proxy.refusal = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
    await assert.rejects(ask(), {
      code: "ProxyRefused",
      message: `the proxy 127.0.0.1:${proxy.port} does not connect: it answered "HTTP/1.1 407 Proxy Authentication Required"`,
    });
  });

  it("fail when it is not there", async () => {
    const { ask } = await serve("https");
    await proxy.close();
    closing.pop();
    await assert.rejects(ask(), { code: "ECONNREFUSED" });
  });
});
