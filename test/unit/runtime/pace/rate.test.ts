import assert from "node:assert/strict";
import { Interrupted, Postponed } from "../../../../runtime/errors.ts";
import { Members, type SignStore } from "../../../../runtime/pace/members.ts";
import { Rate } from "../../../../runtime/pace/rate.ts";
import { BadRate, parseRate, rateAt } from "../../../../runtime/pace/schedule.ts";
import { seeded, VirtualTime } from "./virtual-time.ts";

const MB = 1_000_000;

describe("a rate's schedule", () => {
  const at = (schedule: string, iso: string): number =>
    rateAt(parseRate(schedule), Date.parse(iso)).rate;

  it("is one rate", () => {
    assert.equal(at("50MB/s", "2026-11-21T10:00:00Z"), 50 * MB);
    assert.equal(at("1.5MiB/s", "2026-11-21T10:00:00Z"), 1.5 * 1024 * 1024);
    assert.equal(at("unlimited", "2026-11-21T10:00:00Z"), Infinity);
  });

  it("is windows of local time, also past midnight, else unlimited or the lone rate", () => {
    const office = "22:00-06:00=unlimited, 06:00-22:00=50MB/s @Europe/Berlin";
    assert.equal(at(office, "2026-11-21T20:59:59Z"), 50 * MB);
    assert.equal(at(office, "2026-11-21T21:00:00Z"), Infinity);
    assert.equal(at(office, "2026-11-22T04:59:00Z"), Infinity);
    assert.equal(at(office, "2026-11-22T05:00:00Z"), 50 * MB);
    assert.equal(at("08:00-18:00=1MB/s @UTC", "2026-11-21T18:00:00Z"), Infinity);
    assert.equal(at("2MB/s, 08:00-18:00=1MB/s @UTC", "2026-11-21T18:00:00Z"), 2 * MB);
  });

  it("follows the wall clock through the nights in which it is changed", () => {
    const night = "02:00-03:00=1MB/s @Europe/Berlin";
    // 2026-10-25: 02:00 to 03:00 comes twice. Both times are in the window.
    assert.equal(at(night, "2026-10-24T23:59:00Z"), Infinity);
    assert.equal(at(night, "2026-10-25T00:30:00Z"), MB);
    assert.equal(at(night, "2026-10-25T01:30:00Z"), MB);
    assert.equal(at(night, "2026-10-25T02:00:00Z"), Infinity);
    // 2026-03-29: it never comes.
    for (const hour of ["00:30", "00:59", "01:00", "01:30"]) {
      assert.equal(at(night, `2026-03-29T${hour}:00Z`), Infinity);
    }
    // Across the change, 22:00 is 22:00: UTC+2 before, UTC+1 after.
    assert.equal(at("22:00-06:00=1MB/s @Europe/Berlin", "2026-10-24T20:00:00Z"), MB);
    assert.equal(at("22:00-06:00=1MB/s @Europe/Berlin", "2026-10-25T20:30:00Z"), Infinity);
    assert.equal(at("22:00-06:00=1MB/s @Europe/Berlin", "2026-10-25T21:00:00Z"), MB);
  });

  it("says no window outlasts the minute, since a zone may change its offset there", () => {
    const { until } = rateAt(
      parseRate("08:00-18:00=1MB/s @UTC"),
      Date.parse("2026-01-01T09:00:30Z"),
    );
    assert.equal(until, Date.parse("2026-01-01T09:01:00Z"));
  });

  for (const text of [
    "fast",
    "50MB",
    "0MB/s",
    "25:00-26:00=1MB/s",
    "1MB/s, 2MB/s",
    "1MB/s @Mars/Crater",
  ]) {
    it(`refuses ${text} and shows one that is right`, () => {
      assert.throws(
        () => parseRate(text),
        (error: unknown) => error instanceof BadRate && error.message.includes('"50MB/s"'),
      );
    });
  }
});

describe("a rate of one's own", () => {
  it("lets through what it says, over any ten seconds, in order", async () => {
    const time = new VirtualTime();
    const rate = rateOf(time, "1MB/s");
    const moved = consume(time, rate, 64 * 1024, 8);
    await time.run(60_000);
    assertWithin(moved, MB);
  });

  it("is nothing to wait for where it is unlimited", () => {
    assert.equal(rateOf(new VirtualTime(), "unlimited").take(1e12, signal()), undefined);
  });

  it("ends a wait with its signal and serves the next", async () => {
    const time = new VirtualTime();
    const rate = rateOf(time, "1MB/s");
    const stop = new AbortController();
    const first = rate.take(100 * MB, stop.signal);
    const second = rate.take(1000, signal());
    stop.abort();
    await assert.rejects(first!, Interrupted);
    let served = false;
    void second!.then(() => (served = true));
    await time.run(50);
    assert.ok(served);
  });

  it("changes with its windows while takers wait", async () => {
    const time = new VirtualTime();
    const clock = (): number => Date.parse("2026-11-21T05:59:00Z") + time.now();
    const rate = rateOf(time, "06:00-22:00=1MB/s, 22:00-06:00=10MB/s @UTC", undefined, clock);
    const moved = consume(time, rate, 64 * 1024, 4);
    await time.run(120_000);
    assertNear(between(moved, 10_000, 60_000) / 50, 10 * MB);
    assertNear(between(moved, 61_000, 120_000) / 59, MB);
  });
});

describe("a rate with hours in which nothing moves", () => {
  const night = { zone: "UTC", windows: [{ from: 22 * 60, to: 6 * 60, rate: MB }], otherwise: 0 };
  const open = (at: string): { time: VirtualTime; rate: Rate } => {
    const time = new VirtualTime();
    const clock = (): number => Date.parse(at) + time.now();
    const later = (ms: number, act: () => void): (() => void) => {
      let live = true;
      time.at(time.now() + ms, () => {
        if (live) act();
      });
      return () => (live = false);
    };
    return { time, rate: new Rate({ schedule: night, now: time.now, clock, later }) };
  };

  it("says so, and refuses whoever asks then, rather than keep it waiting until the night", async () => {
    const { rate } = open("2026-11-21T21:59:59Z");
    assert.equal(rate.closed?.message, "Nothing is copied between 06:00 and 22:00 (UTC).");
    await assert.rejects(rate.take(1, signal())!, Postponed);
  });

  it("lets in by night, and sends away at dawn who still waits", async () => {
    const { time, rate } = open("2026-11-22T05:59:50Z");
    assert.equal(rate.closed, undefined);
    const first = rate.take(5 * MB, signal());
    const second = rate.take(60 * MB, signal());
    const sentAway: unknown[] = [];
    second!.catch((error: unknown) => sentAway.push(error));
    await time.run(8_000);
    await first;
    assert.equal(sentAway.length, 0);
    await time.run(11_000);
    const [why] = sentAway;
    assert.ok(why instanceof Postponed && why.class === "OutsideWindow");
  });
});

describe("a rate that a fleet shares", () => {
  it("is never exceeded by the sum, while workers come, go and die", async () => {
    const fleet = new Fleet("10MB/s");
    const workers = [fleet.join("a"), fleet.join("b"), fleet.join("c")];
    await fleet.time.run(60_000);
    workers.push(fleet.join("d"));
    await fleet.time.run(63_000);
    workers.push(fleet.join("e"));
    await fleet.time.run(120_000);
    workers[0]!.stop();
    await fleet.time.run(180_000);
    workers[1]!.kill();
    await fleet.time.run(240_000);
    assertWithin(fleet.moved, 10 * MB);
    assertNear(between(fleet.moved, 30_000, 60_000) / 30, 10 * MB);
    assertNear(between(fleet.moved, 90_000, 120_000) / 30, 10 * MB);
    assertNear(between(fleet.moved, 215_000, 240_000) / 25, 10 * MB);
  });

  it("gives a dead worker's share to the others within three beats", async () => {
    const fleet = new Fleet("10MB/s");
    const [, b] = [fleet.join("a"), fleet.join("b")];
    await fleet.time.run(60_000);
    b.kill();
    await fleet.time.run(60_000 + 3 * 10_000 + 10_000);
    assertNear(between(fleet.moved, 90_000, 100_000) / 10, 10 * MB);
  });

  it("serves the first at once and lets a second wait until it is counted", async () => {
    const fleet = new Fleet("10MB/s");
    fleet.join("a");
    await fleet.time.run(5_000);
    assert.ok(between(fleet.moved, 0, 5_000) > 4.5 * 10 * MB);
    const before = fleet.movedBy("b");
    fleet.join("b");
    await fleet.time.run(12_000);
    assert.equal(fleet.movedBy("b"), before);
    await fleet.time.run(40_000);
    assert.ok(fleet.movedBy("b") > 0.8 * 5 * MB * 15);
    assertWithin(fleet.moved, 10 * MB);
  });

  it("keeps still when it cannot give its sign of life, before the others count it out", async () => {
    const fleet = new Fleet("10MB/s");
    const [, b] = [fleet.join("a"), fleet.join("b")];
    await fleet.time.run(60_000);
    b.cutOff();
    await fleet.time.run(150_000);
    assert.equal(
      between(
        fleet.moved.filter((one) => one.who === "b"),
        85_000,
        150_000,
      ),
      0,
    );
    assertWithin(fleet.moved, 10 * MB);
    b.reconnect();
    await fleet.time.run(220_000);
    assert.ok(
      between(
        fleet.moved.filter((one) => one.who === "b"),
        180_000,
        220_000,
      ) > 0,
    );
    assertWithin(fleet.moved, 10 * MB);
  });

  it("holds for workers that all begin at the same moment", async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const fleet = new Fleet("10MB/s", seed);
      for (const name of ["a", "b", "c", "d", "e", "f", "g", "h"]) fleet.join(name);
      await fleet.time.run(60_000);
      assertWithin(fleet.moved, 10 * MB);
      assertNear(between(fleet.moved, 30_000, 60_000) / 30, 10 * MB);
    }
  });
});

interface Moved {
  readonly at: number;
  readonly bytes: number;
  readonly who: string;
}

function signal(): AbortSignal {
  return new AbortController().signal;
}

function rateOf(
  time: VirtualTime,
  text: string,
  members?: Members,
  clock: () => number = () => time.now(),
): Rate {
  return new Rate({
    schedule: parseRate(text),
    now: time.now,
    clock,
    later: (ms, act) => {
      let off = false;
      time.at(time.now() + ms, () => {
        if (!off) act();
      });
      return () => (off = true);
    },
    ...(members === undefined ? {} : { members }),
  });
}

/** `takers` at a time take `bytes` again and again. */
function consume(
  time: VirtualTime,
  rate: Rate,
  bytes: number,
  takers: number,
  who = "",
  stop = signal(),
  moved: Moved[] = [],
): Moved[] {
  const one = async (): Promise<void> => {
    while (!stop.aborted) {
      await rate.take(bytes, stop);
      moved.push({ at: time.now(), bytes, who });
    }
  };
  for (let index = 0; index < takers; index += 1) one().catch(() => undefined);
  return moved;
}

function between(moved: readonly Moved[], from: number, to: number): number {
  return moved.reduce((sum, { at, bytes }) => sum + (at >= from && at < to ? bytes : 0), 0);
}

/** In no ten seconds more than 5 % above the rate. */
function assertWithin(moved: readonly Moved[], perSecond: number): void {
  let sum = 0;
  let first = 0;
  for (const { at, bytes } of moved) {
    sum += bytes;
    while (moved[first]!.at <= at - 10_000) sum -= moved[first++]!.bytes;
    assert.ok(
      sum <= 1.05 * 10 * perSecond,
      `Expected at most ${10 * perSecond} until ${at} ms, got ${sum}`,
    );
  }
}

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual / expected - 1) < 0.05, `Expected about ${expected}, got ${actual}`);
}

/** Workers with clocks of their own, over one store that takes its time. */
class Fleet {
  readonly time = new VirtualTime();
  readonly moved: Moved[] = [];
  readonly #signs = new Map<string, number>();
  readonly #random: () => number;
  readonly #rate: string;

  constructor(rate: string, seed = 11) {
    this.#rate = rate;
    this.#random = seeded(seed);
  }

  movedBy(who: string): number {
    return between(
      this.moved.filter((one) => one.who === who),
      0,
      Infinity,
    );
  }

  join(worker: string): {
    stop: () => void;
    kill: () => void;
    cutOff: () => void;
    reconnect: () => void;
  } {
    const beating = new AbortController();
    const taking = new AbortController();
    let reachable = true;
    let dead = false;
    const delay = async (): Promise<void> => {
      await this.time.sleep(20 + 200 * this.#random());
      if (!reachable || dead) throw new Error("the store cannot be reached");
    };
    const store: SignStore = {
      put: async (name) => {
        await delay();
        this.#signs.set(name, this.time.now() + 5_000);
      },
      list: async () => {
        await delay();
        const listed = [...this.#signs].map(([name, at]) => ({ name, at }));
        await delay();
        return listed;
      },
      delete: async (name) => {
        await delay();
        this.#signs.delete(name);
      },
    };
    const members = new Members({
      store,
      worker,
      signal: beating.signal,
      onTrouble: () => undefined,
      now: this.time.now,
      sleep: (ms) => this.time.sleep(ms),
    });
    void members.run();
    const rate = rateOf(this.time, this.#rate, members);
    consume(this.time, rate, 100_000, 4, worker, taking.signal, this.moved);
    return {
      stop: () => {
        taking.abort();
        beating.abort();
      },
      kill: () => {
        dead = true;
        taking.abort();
      },
      cutOff: () => (reachable = false),
      reconnect: () => (reachable = true),
    };
  }
}
