import assert from "node:assert/strict";
import { Interrupted } from "../../../../runtime/errors.ts";
import type { HttpRequest, HttpResponse, Send } from "../../../../runtime/http/send.ts";
import { paced, Pace } from "../../../../runtime/pace/pace.ts";

const answer: HttpResponse = { status: 200, headers: {}, body: Buffer.alloc(0), text: () => "" };
const two = { start: 2, floor: 2, cap: 2 };

function request(path: string, signal = new AbortController().signal): HttpRequest {
  return { method: "GET", origin: "http://one", path, headers: {}, signal };
}

/** A server that answers when it is told to. */
function held(): { send: Send; asked: string[]; answerNext: () => void; failNext: () => void } {
  const asked: string[] = [];
  const waiting: PromiseWithResolvers<HttpResponse>[] = [];
  return {
    asked,
    send: ({ path }) => {
      asked.push(path);
      const one = Promise.withResolvers<HttpResponse>();
      waiting.push(one);
      return one.promise;
    },
    answerNext: () => waiting.shift()?.resolve(answer),
    failNext: () => waiting.shift()?.reject(new Error("broken")),
  };
}

describe("requests through the pace", () => {
  it("lets the window's number through and the rest in the order in which they came", async () => {
    const server = held();
    const send = paced(server.send, new Pace({ bounds: two }));
    const all = ["a", "b", "c", "d", "e"].map((path) => send(request(path)));
    assert.deepEqual(server.asked, ["a", "b"]);
    for (const count of [3, 4, 5, 5, 5]) {
      server.answerNext();
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(server.asked.length, count);
    }
    await Promise.all(all);
    assert.deepEqual(server.asked, ["a", "b", "c", "d", "e"]);
  });

  it("gives the permit back when a request breaks, and hands its error on", async () => {
    const server = held();
    const pace = new Pace({ bounds: two });
    const send = paced(server.send, pace);
    const broken = send(request("a"));
    void send(request("b"));
    const waiting = send(request("c"));
    server.failNext();
    await assert.rejects(broken, /broken/);
    server.answerNext();
    server.answerNext();
    await waiting;
    assert.deepEqual(pace.states(), [
      {
        origin: "http://one",
        window: 2,
        inFlight: 0,
        waiting: 0,
        requests: 3,
        throttled: 0,
        lost: 1,
        again: 1,
      },
    ]);
  });

  it("ends a wait when its signal does, keeps the others in their order, and loses no permit", async () => {
    const server = held();
    const pace = new Pace({ bounds: two });
    const send = paced(server.send, pace);
    const stop = new AbortController();
    const first = [send(request("a")), send(request("b"))];
    const stopped = [send(request("c", stop.signal)), send(request("d", stop.signal))];
    const last = send(request("e"));
    stop.abort();
    for (const one of stopped) await assert.rejects(one, Interrupted);
    assert.equal(pace.states()[0]!.waiting, 1);
    server.answerNext();
    server.answerNext();
    await Promise.all(first);
    server.answerNext();
    await last;
    assert.deepEqual(server.asked, ["a", "b", "e"]);
    await assert.rejects(
      Promise.all([send(request("f")), send(request("g")), send(request("h", stop.signal))]),
      Interrupted,
    );
  });

  it("keeps origins apart", () => {
    const server = held();
    const send = paced(server.send, new Pace({ bounds: two }));
    for (const path of ["a", "b", "c"]) void send(request(path));
    void send({ ...request("x"), origin: "http://two" });
    assert.deepEqual(server.asked, ["a", "b", "x"]);
  });

  it("shows what was throttled", async () => {
    const pace = new Pace();
    const statuses = [503, 429, 200, 500];
    const send = paced(() => Promise.resolve({ ...answer, status: statuses.shift()! }), pace);
    for (const path of ["a", "b", "c", "d"]) await send(request(path));
    const [state] = pace.states();
    assert.equal(state!.throttled, 2);
    assert.equal(state!.requests, 4);
    assert.equal(state!.again, 3);
  });

  it("adds less than 2 us to a request, whether it waits or not", async () => {
    const bare: Send = () => Promise.resolve(answer);
    const time = async (send: Send): Promise<number> => {
      const one = request("a");
      const began = performance.now();
      for (let batch = 0; batch < 200; batch += 1) {
        await Promise.all(Array.from({ length: 256 }, () => send(one)));
      }
      return ((performance.now() - began) * 1000) / (200 * 256);
    };
    await time(bare);
    const best = async (send: Send): Promise<number> =>
      Math.min(await time(send), await time(send), await time(send));
    const added = (await best(paced(bare, new Pace()))) - (await best(bare));
    assert.ok(added < 2, `Expected less than 2 us, got ${added.toFixed(2)}`);
  });
});
