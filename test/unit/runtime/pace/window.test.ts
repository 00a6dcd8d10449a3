import assert from "node:assert/strict";
import { Pace } from "../../../../runtime/pace/pace.ts";
import { load, server, type Server, type ServerModel } from "./servers.ts";
import { seeded, VirtualTime } from "./virtual-time.ts";

interface Bench {
  readonly time: VirtualTime;
  readonly pace: Pace;
  readonly server: Server;
}

function bench(model: Omit<ServerModel, "random">, objects = 512, seed = 7): Bench {
  const time = new VirtualTime();
  const random = seeded(seed);
  const pace = new Pace({ now: time.now });
  const made = server(time, { ...model, random });
  load(time, pace, made.send, objects, random);
  return { time, pace, server: made };
}

/** Served per second between two times, in seconds. */
async function goodput({ time, server: on }: Bench, from: number, to: number): Promise<number> {
  await time.run(from * 1000);
  const before = on.served;
  await time.run(to * 1000);
  return (on.served - before) / (to - from);
}

function windowOf({ pace }: Bench): number {
  return pace.states()[0]!.window;
}

describe("the window of requests in flight", () => {
  it("opens within a second to what a far server can serve", async () => {
    const far = bench({ roundTripMs: 40, perSecond: 5_000, jitter: 0.5 });
    assert.ok((await goodput(far, 1, 5)) > 4_750);
  });

  it("does not open for a near server that has no use for it: a longer queue is no throughput", async () => {
    const near = bench({ roundTripMs: 0.5, perSecond: 8_000 });
    assert.ok((await goodput(near, 1, 20)) > 7_600);
    assert.ok(windowOf(near) <= 64, `Expected at most 64, got ${windowOf(near)}`);
  });

  it("is not brought down by one answer in twenty that is a random 503", async () => {
    const unlucky = bench({ roundTripMs: 40, unlucky: 0.05, jitter: 0.5 });
    await goodput(unlucky, 0, 5);
    const before = windowOf(unlucky);
    assert.ok(before >= 256, `Expected 256 or more, got ${before}`);
    for (let second = 6; second < 40; second += 1) {
      await unlucky.time.run(second * 1000);
      assert.ok(windowOf(unlucky) >= before / 2, `Got ${windowOf(unlucky)} at ${second} s`);
    }
  });

  for (const [perSecond, roundTripMs] of [
    [3_000, 40],
    [500, 20],
    [200, 60],
    [12_000, 10],
  ] as const) {
    it(`settles near the ${perSecond}/s beyond which a server refuses, with 85 % of that served`, async () => {
      const limited = bench({ roundTripMs, perSecond, whenBusy: "503", jitter: 0.5 });
      const served = await goodput(limited, 2, 30);
      assert.ok(served > 0.85 * perSecond, `Expected 85 % of ${perSecond}, got ${served}`);
      const refused = limited.server.refused / (limited.server.refused + limited.server.served);
      assert.ok(refused < 0.15, `Expected less than 15 % refused, got ${refused}`);
    });
  }

  it("follows a server that becomes slower, and one that becomes faster again", async () => {
    const moody = bench({ roundTripMs: 40, perSecond: 3_000, whenBusy: "503", jitter: 0.5 });
    const { server: on } = moody;
    await moody.time.run(10_000);
    on.model = { ...on.model, perSecond: 300 };
    const slow = await goodput(moody, 15, 25);
    assert.ok(slow > 0.8 * 300, `Expected 240/s, got ${slow}`);
    const refusedAt = on.refused;
    await moody.time.run(35_000);
    assert.ok((on.refused - refusedAt) / 10 < 100, "refusals go on");
    on.model = { ...on.model, perSecond: 3_000 };
    const fast = await goodput(moody, 50, 60);
    assert.ok(fast > 0.85 * 3_000, `Expected 2550/s, got ${fast}`);
  });

  it("goes down to two when everything is refused, and comes back within seconds", async () => {
    const dead = bench({ roundTripMs: 20, perSecond: 2_000, jitter: 0.5 });
    await dead.time.run(3_000);
    dead.server.model = { ...dead.server.model, unlucky: 1 };
    await dead.time.run(60_000);
    assert.equal(windowOf(dead), 2);
    dead.server.model = { ...dead.server.model, unlucky: 0 };
    const back = await goodput(dead, 90, 95);
    assert.ok(back > 1_500, `Expected 1500/s, got ${back}`);
  });

  it("does not grow while too little is asked to need it", async () => {
    const idle = bench({ roundTripMs: 40 }, 20);
    await idle.time.run(20_000);
    assert.equal(windowOf(idle), 32);
  });

  it("stays within its cap", async () => {
    const endless = bench({ roundTripMs: 200 }, 5_000);
    await endless.time.run(20_000);
    assert.equal(windowOf(endless), 1024);
    assert.equal(endless.server.mostInFlight, 1024);
  });
});
