import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { getEventListeners, once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { promisify } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { Interrupted } from "../../../../runtime/errors.ts";
import { Http } from "../../../../runtime/http/send.ts";
import { answering, closeAll, HASTY, pair } from "./client.ts";
import { ok, type Peer } from "./odd-server.ts";

/** Answers every request with its own path. */
async function echo(peer: Peer): Promise<void> {
  for (;;) {
    const request = await peer.request();
    if (request === undefined) return;
    await peer.send(ok(request.head.split(" ")[1] ?? ""));
  }
}

const many = (count: number) => Array.from({ length: count }, (_, index) => `/${index}`);

describe("connections", () => {
  afterEach(closeAll);

  it("are used again, the last one first", async () => {
    const { ask, server } = await pair(echo);
    await Promise.all(many(5).map((path) => ask({ path })));
    assert.equal(server.peers.length, 5);
    for (const path of many(20)) assert.equal((await ask({ path })).text(), path);
    assert.equal(server.peers.length, 5);
  });

  it("are no more than allowed, and each request gets its own answer in its turn", async () => {
    const { ask, server } = await pair(echo, { connections: 3 });
    const paths = many(3000);
    const answers = await Promise.all(paths.map((path) => ask({ path })));
    assert.deepEqual(
      answers.map((answer) => answer.text()),
      paths,
    );
    assert.equal(server.peers.length, 3);
  });

  it("are not used again where the server says so, or speaks HTTP/1.0", async () => {
    for (const [answer, connections] of [
      [ok("a", "Connection: close\r\n"), 2],
      [ok("a", "Connection: Keep-Alive, Close\r\n"), 2],
      ["HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 2],
      ["HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\na", 1],
    ] as const) {
      const { ask, server } = await answering([answer]);
      await ask();
      await ask();
      assert.equal(server.peers.length, connections);
    }
  });

  for (const into of [undefined, 5, 100]) {
    const where = into === undefined ? "gathered" : `read into ${into} bytes`;
    it(`never hand what follows an answer to the next request: ${where}`, async () => {
      const forged = ok("forged");
      for (const pieces of [[ok("right") + forged], [ok("right").slice(0, -1), `t${forged}`]]) {
        const { ask } = await pair(async (peer) => {
          while ((await peer.request()) !== undefined) await peer.send(...pieces);
        });
        for (let turn = 0; turn < 20; turn += 1) {
          const memory = into === undefined ? {} : { into: Buffer.alloc(into) };
          assert.equal((await ask(memory)).text(), "right");
        }
      }
    });
  }

  it("that hear from the server unasked are dropped", async () => {
    const { ask, server } = await pair(async (peer) => {
      await peer.request();
      await peer.send(ok("right"));
      await sleep(20);
      await peer.send(ok("forged"));
    });
    await ask();
    await sleep(60);
    assert.equal((await ask()).text(), "right");
    assert.equal(server.peers.length, 2);
  });

  it("that the server has closed meanwhile cost nobody a request", async () => {
    for (const end of ["end", "resetAndDestroy"] as const) {
      const { ask, server } = await pair(async (peer, index) => {
        await peer.request();
        await peer.send(ok("first"));
        await peer.request();
        // Gone without a byte of an answer, as if it had been idle too long.
        if (index === 0) peer.socket[end]();
      });
      await ask();
      const answer = await ask({ method: "PUT", body: Buffer.from("body") });
      assert.equal(answer.text(), "first", "the first request of a fresh connection");
      assert.equal(server.peers.length, 2);
    }
  });

  it("repeat a request no more than once, and never one that had begun to be answered", async () => {
    const twice = await pair(async (peer, index) => {
      await peer.request();
      if (index === 0) {
        await peer.send(ok());
        await peer.request();
      }
      peer.socket.end();
    });
    await twice.ask();
    await assert.rejects(twice.ask(), { code: "Closed" });
    assert.equal(twice.server.peers.length, 2);

    const begun = await pair(async (peer) => {
      await peer.request();
      await peer.send(ok());
      await peer.request();
      await peer.send("HTTP/1.1 200");
      peer.socket.end();
    });
    await begun.ask();
    await assert.rejects(begun.ask(), { code: "Closed" });
    assert.equal(begun.server.peers.length, 1);
  });

  it("do not repeat what failed on a fresh connection", async () => {
    const { ask, server } = await pair(async (peer) => {
      await peer.request();
      peer.socket.resetAndDestroy();
    });
    await assert.rejects(ask(), { code: "ECONNRESET" });
    assert.equal(server.peers.length, 1);
  });

  it("are closed when they have had no work for a while, or a second before the server does", async () => {
    for (const headers of ["", "Keep-Alive: timeout=1\r\n"]) {
      const timing = headers === "" ? HASTY : { ...HASTY, idleMs: 60_000 };
      const { ask, server } = await answering([ok("", headers)], { timing });
      await ask();
      const [peer] = server.peers;
      assert.equal(peer?.socket.destroyed, false);
      await Promise.race([once(peer.socket, "close"), sleep(5000)]);
      assert.equal(peer.socket.readableEnded, true);
    }
  });

  it("without work do not keep a process from ending", async () => {
    const { server } = await pair(echo);
    const module = new URL("../../../../runtime/http/send.ts", import.meta.url).href;
    const script = `
      const { Http } = await import(${JSON.stringify(module)});
      const { signal } = new AbortController();
      const origin = ${JSON.stringify(server.origin)};
      const answer = await new Http().send({ method: "GET", origin, path: "/a", headers: {}, signal });
      console.log(answer.text());
      process.on("exit", () => console.log(performance.now() < 14_000 ? "soon" : "late"));`;
    const args = ["--input-type=module", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    assert.equal(stdout, "/a\nsoon\n");
  });

  it("that cannot be opened are told by the system's own code", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((listening) => closed.once("listening", listening));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    const http = new Http();
    const { signal } = new AbortController();
    const ask = (host: string) =>
      http.send({
        method: "GET",
        origin: `http://${host}:${port}`,
        path: "/",
        headers: {},
        signal,
      });
    await assert.rejects(ask("127.0.0.1"), { code: "ECONNREFUSED", message: /ECONNREFUSED/ });
    await assert.rejects(ask("localhost"), { code: "ECONNREFUSED", message: /ECONNREFUSED/ });
    await assert.rejects(ask("no-such-host.invalid"), { message: /no-such-host\.invalid/ });
    await http.close();
  });
});

describe("deadlines", () => {
  afterEach(closeAll);
  const timing = { ...HASTY, answerMs: 60_000, connectMs: 60_000, silenceMs: 60_000 };

  it("end a request that gets no answer, or one whose head trickles", async () => {
    const { ask } = await pair(
      async (peer) => {
        await peer.request();
        for (let at = 0; at < 20; at += 1) {
          await peer.send("HTTP/1.1 200 OK".charAt(at) || "a");
          await sleep(40);
        }
      },
      { timing },
    );
    const began = performance.now();
    await assert.rejects(ask({ timeoutMs: 100 }), { code: "TimedOut" });
    assert.ok(performance.now() - began < 600);
  });

  it("end an answer that falls silent, but not one that comes slowly", async () => {
    const { ask } = await pair(
      async (peer) => {
        for (;;) {
          const request = await peer.request();
          if (request === undefined) return;
          await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
          const pieces = request.head.startsWith("GET /slow") ? ["sl", "ow", "byt", "es"] : ["abc"];
          for (const piece of pieces) {
            await peer.send(piece);
            await sleep(60);
          }
        }
      },
      { timing: { ...timing, silenceMs: 150 } },
    );
    const into = Buffer.alloc(20);
    assert.equal((await ask({ path: "/slow", into })).text(), "slowbytes");
    await assert.rejects(ask({ into }), { code: "TimedOut", received: 3 });
  });

  it("do not count the time in which a long body is still being taken", async () => {
    const body = Buffer.alloc(48 * 1024 * 1024, 1);
    const { ask } = await pair(
      async (peer) => {
        const { socket } = peer;
        await peer.head();
        // Reads slowly, and only at last as fast as it can: what the system has buffered by then no longer counts as sending.
        socket.on("data", () => {
          if (socket.bytesRead > 10_000_000) return;
          socket.pause();
          setTimeout(() => socket.resume(), 4);
        });
        while (socket.bytesRead < body.length) await sleep(10);
        await peer.send(ok("taken"));
      },
      { timing },
    );
    const began = performance.now();
    const answer = await ask({ method: "PUT", body, timeoutMs: 300 });
    assert.equal(answer.text(), "taken");
    assert.ok(performance.now() - began > 400, "took longer than the answer may");
  });

  it("end a request whose body nobody takes", async () => {
    const { ask } = await pair(
      async (peer) => {
        await peer.head();
        peer.socket.pause();
      },
      { timing },
    );
    const body = Buffer.alloc(24 * 1024 * 1024);
    await assert.rejects(ask({ method: "PUT", body, timeoutMs: 100 }), { code: "TimedOut" });
  });

  it("end an attempt to connect", async () => {
    // A TLS client waits for a server that never greets.
    const { server } = await pair(() => Promise.resolve());
    const http = new Http({ timing: HASTY });
    const origin = server.origin.replace("http:", "https:");
    const { signal } = new AbortController();
    await assert.rejects(http.send({ method: "GET", origin, path: "/", headers: {}, signal }), {
      code: "TimedOut",
      message: /no connection/,
    });
    await http.close();
  });
});

describe("a request that is given up", () => {
  afterEach(closeAll);

  it("ends at once, wherever it is, and takes its connection along", async () => {
    const { ask, server } = await pair(
      async (peer) => {
        await peer.request();
        await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
      },
      { connections: 2 },
    );
    const stop = new AbortController();
    const asked = many(10).map((path) => ask({ path, signal: stop.signal }));
    const settled = Promise.allSettled(asked);
    while (server.peers.length < 2) await sleep(5);
    await sleep(20);
    stop.abort();
    for (const one of await settled) {
      assert.ok(one.status === "rejected" && one.reason instanceof Interrupted);
    }
    await sleep(20);
    assert.equal(server.peers.length, 2);
    assert.ok(server.peers.every(({ socket }) => socket.destroyed));
    await assert.rejects(ask({ signal: stop.signal }), Interrupted);
  });

  it("never has its memory written to afterwards", async () => {
    const { ask } = await pair(async (peer) => {
      await peer.request();
      await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc");
      for (let turn = 0; turn < 50; turn += 1) await peer.send(Buffer.alloc(10_000, "x"));
    });
    const stop = new AbortController();
    const into = Buffer.alloc(1_000_000);
    const asked = ask({ into, signal: stop.signal });
    setTimeout(() => stop.abort(), 10);
    await assert.rejects(asked, Interrupted);
    into.fill(0);
    await sleep(30);
    assert.equal(into.includes("x"), false);
  });

  it("leaves the others alone", async () => {
    const { ask } = await pair(echo);
    const stop = new AbortController();
    const given = ask({ path: "/a", signal: stop.signal });
    const others = many(50).map((path) => ask({ path }));
    stop.abort();
    await assert.rejects(given, Interrupted);
    const texts = (await Promise.all(others)).map((answer) => answer.text());
    assert.deepEqual(texts, many(50));
  });

  it("listens to a signal once, however many requests run under it, and no longer than they do", async () => {
    const { ask } = await pair(echo, { timing: { sweepMs: 10 } });
    const { signal } = new AbortController();
    const asked = many(100).map((path) => ask({ path, signal }));
    assert.equal(getEventListeners(signal, "abort").length, 1);
    await Promise.all(asked);
    await sleep(50);
    assert.equal(getEventListeners(signal, "abort").length, 0);
    assert.equal((await ask({ path: "/again", signal })).text(), "/again");
  });

  it("by the client's end fails with it, and nothing is sent afterwards", async () => {
    const { server } = await pair(async (peer) => {
      await peer.request();
    });
    const http = new Http();
    const { signal } = new AbortController();
    const request = {
      method: "GET",
      path: "/",
      headers: {},
      signal,
      origin: server.origin,
    } as const;
    const asked = http.send(request);
    const failed = assert.rejects(asked, { code: "Closed" });
    await http.close();
    await failed;
    await assert.rejects(http.send(request), { code: "Closed" });
  });
});
