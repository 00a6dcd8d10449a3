import assert from "node:assert/strict";
import { TLSSocket } from "node:tls";
import { closeAll, pair } from "./client.ts";
import { ok, type Peer } from "./odd-server.ts";
import { selfSigned } from "./self-signed.ts";

const body = Buffer.alloc(300_000, "0123456789abcdefghi");

async function big(peer: Peer): Promise<void> {
  while ((await peer.request()) !== undefined) {
    await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`, body);
  }
}

describe("requests over TLS", () => {
  afterEach(closeAll);
  const local = selfSigned("IP:127.0.0.1");

  it("go to whom a given certificate vouches for, and to nobody else", async () => {
    const trusting = await pair(big, { ca: local.cert }, local);
    assert.equal((await trusting.ask()).body.equals(body), true);
    const wary = await pair(big, {}, local);
    await assert.rejects(wary.ask(), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    const other = selfSigned("DNS:else.where");
    const mistaken = await pair(big, { ca: other.cert }, other);
    await assert.rejects(mistaken.ask(), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  });

  it("are read straight into the caller's memory, over one connection", async () => {
    const { ask, server } = await pair(big, { ca: local.cert }, local);
    const into = Buffer.alloc(body.length);
    for (let turn = 0; turn < 5; turn += 1) {
      into.fill(0);
      const answer = await ask({ into, method: "PUT", body });
      assert.equal(answer.body.buffer, into.buffer);
      assert.equal(into.equals(body), true);
    }
    assert.equal(server.peers.length, 1);
  });

  it("continue the session of an earlier connection", async () => {
    const reused: unknown[] = [];
    const closing = async (peer: Peer) => {
      reused.push(peer.socket instanceof TLSSocket && peer.socket.isSessionReused());
      await peer.request();
      await peer.send(ok("", "Connection: close\r\n"));
    };
    const { ask } = await pair(closing, { ca: local.cert }, local);
    await ask();
    await ask();
    assert.deepEqual(reused, [false, true]);
  });

  it("never hand what follows an answer to the next request", async () => {
    // The answer fills one record of TLS, what follows is in the next: they are read one after the other.
    const length = 16_384 - ok("x".repeat(10_000)).length + 10_000;
    const right = "x".repeat(length);
    const { ask } = await pair(
      async (peer) => {
        while ((await peer.request()) !== undefined) await peer.send(ok(right) + ok("forged"));
      },
      { ca: local.cert },
      local,
    );
    for (let turn = 0; turn < 20; turn += 1) {
      assert.equal((await ask({ into: Buffer.alloc(length) })).text(), right);
    }
  });
});
