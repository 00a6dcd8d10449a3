import assert from "node:assert/strict";
import { Interrupted, Postponed } from "../../../../runtime/errors.ts";
import { Intake, type IntakeOptions, type Looked } from "../../../../runtime/events/intake.ts";
import type { DeadReason, Message, Queue } from "../../../../runtime/events/queue.ts";
import { createLog } from "../../../../runtime/log.ts";
import { Problems } from "../../../../runtime/problems.ts";

/** A queue in memory that writes down what is done with its messages. */
class FakeQueue implements Queue {
  readonly name = "queue";
  readonly waiting: Message[] = [];
  readonly removed: string[] = [];
  readonly dead: { id: string; why: DeadReason }[] = [];
  readonly visibility: { id: string; seconds: number }[] = [];
  readonly asked: number[] = [];
  readonly sent: { body: string; seconds: number }[] = [];

  send(body: string, seconds: number): Promise<void> {
    this.sent.push({ body, seconds });
    return Promise.resolve();
  }

  arrive(id: string, body: string | object, receiveCount = 1): void {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    this.waiting.push({ id, receipt: id, body: text, receiveCount, receivedAt: new Date() });
  }

  async receive(most: number, signal: AbortSignal): Promise<Message[]> {
    this.asked.push(most);
    while (this.waiting.length === 0) {
      if (signal.aborted) throw new Interrupted();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return this.waiting.splice(0, most);
  }

  changeVisibility(messages: readonly Message[], seconds: number): Promise<void> {
    for (const { id } of messages) this.visibility.push({ id, seconds });
    return Promise.resolve();
  }

  remove(messages: readonly Message[]): Promise<void> {
    this.removed.push(...messages.map(({ id }) => id));
    return Promise.resolve();
  }

  deadLetter(message: Message, why: DeadReason): Promise<void> {
    this.dead.push({ id: message.id, why });
    return Promise.resolve();
  }
}

const settled: Looked = { durable: Promise.resolve(), again: false, failure: undefined };

function begun(
  look: (key: string) => Promise<Looked>,
  objects = 16,
  scan?: IntakeOptions["scan"],
  hold?: IntakeOptions["hold"],
) {
  const queue = new FakeQueue();
  const stop = new AbortController();
  const log = createLog({}, { write: () => undefined });
  const intake = new Intake({
    queue,
    bucket: "source",
    look,
    scan,
    objects,
    hold,
    log,
    problems: new Problems(log),
    receiving: stop.signal,
    speaking: new AbortController().signal,
  });
  const end = async (): Promise<FakeQueue> => {
    // Whatever has been sent is received before the end.
    while (queue.waiting.length > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    stop.abort();
    await intake.settled();
    return queue;
  };
  intake.start();
  return { queue, intake, end };
}

describe("the intake", () => {
  it("deletes a message only once the ledger is durable", async () => {
    const durable = Promise.withResolvers<undefined>();
    const looked = { ...settled, durable: durable.promise.then(() => undefined) };
    const { queue, end } = begun((key) => Promise.resolve(key === "k" ? looked : settled));
    queue.arrive("m1", { key: "k", size: 1 });
    queue.arrive("m2", { key: "other", size: 1 });
    // Whatever came first would have gone with or before it.
    while (queue.removed.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(queue.removed, ["m2"]);
    durable.resolve(undefined);
    assert.deepEqual((await end()).removed, ["m2", "m1"]);
  });

  it("hands a message back at once when the worker stops in the middle of its look", async () => {
    const { queue, end } = begun(() => Promise.reject(new Interrupted()));
    queue.arrive("m1", { key: "k", size: 1 });
    const { removed, visibility } = await end();
    assert.deepEqual(removed, []);
    assert.deepEqual(visibility, [{ id: "m1", seconds: 0 }]);
  });

  it("lets a message that is not settled come again, later", async () => {
    const { queue, end } = begun(() => Promise.resolve({ ...settled, again: true }));
    queue.arrive("m1", { key: "k", size: 1 });
    const { removed, visibility } = await end();
    assert.deepEqual(removed, []);
    assert.ok((visibility[0]?.seconds ?? 0) >= 1);
  });

  it("puts what may not be copied now into the queue anew, so that waiting never counts as failing", async () => {
    const postponed = new Postponed("BudgetExceeded", "all", "spent");
    const { queue, end } = begun(() => Promise.resolve({ ...settled, postponed }));
    queue.arrive("m1", { key: "k", size: 1 }, 4);
    const { sent, removed, visibility, dead } = await end();
    assert.deepEqual(sent, [{ body: '{"key":"k","size":1}', seconds: 5 }]);
    assert.deepEqual([removed, visibility, dead], [["m1"], [], []]);
  });

  it("puts a slice back whole that must wait, and what alone is too dear for a quarter of an hour", async () => {
    const tooDear = new Postponed("BudgetExceeded", "one", "too dear");
    const { queue, end } = begun(
      () => Promise.resolve(settled),
      16,
      () => Promise.reject(tooDear),
    );
    queue.arrive("m1", { causeway: "slice", scan: "s", slice: "0-1-000001" });
    const { sent, removed } = await end();
    assert.deepEqual([sent.map(({ seconds }) => seconds), removed], [[900], ["m1"]]);
  });

  it("takes nothing while it holds, is well all the same, and goes on by itself", async () => {
    let held: Postponed | undefined = new Postponed("OutsideWindow", "all", "by night");
    const { queue, intake, end } = begun(
      () => Promise.resolve(settled),
      16,
      undefined,
      () => held,
    );
    queue.arrive("m1", { key: "k", size: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    assert.deepEqual([queue.asked, queue.waiting.length], [[], 1]);
    assert.ok(Date.now() - intake.lastTurn < 1100, "the health check would find it hanging");
    held = undefined;
    assert.deepEqual((await end()).removed, ["m1"]);
  });

  it("sends a message that failed for good to the dead-letter queue, then deletes it", async () => {
    const failure = { class: "AccessDenied", reason: "no", action: "s3:GetObject" };
    const { queue, end } = begun(() => Promise.resolve({ ...settled, failure }));
    queue.arrive("m1", { key: "k", size: 1 });
    const { removed, dead } = await end();
    assert.deepEqual(dead, [{ id: "m1", why: failure }]);
    assert.deepEqual(removed, ["m1"]);
  });

  it("keeps a message whose look broke, rather than losing it", async () => {
    const { queue, end } = begun(() => Promise.reject(new Error("a bug")));
    queue.arrive("m1", { key: "k", size: 1 });
    const { removed, visibility } = await end();
    assert.deepEqual(removed, []);
    assert.equal(visibility.length, 1);
  });

  it("refuses events about another bucket", async () => {
    const { queue, end } = begun(() => Promise.resolve(settled));
    queue.arrive("m1", { Records: [{ s3: { bucket: { name: "other" }, object: { key: "k" } } }] });
    const { dead } = await end();
    assert.match(
      dead[0]?.why.reason ?? "",
      /about the bucket other, this pipeline's source is source/,
    );
  });

  it("waits for every record of a message before it lets it go", async () => {
    const looks: string[] = [];
    const { queue, end } = begun((key) => {
      looks.push(key);
      return Promise.resolve({ ...settled, again: key === "b" });
    });
    const record = (key: string) => ({ s3: { bucket: { name: "source" }, object: { key } } });
    queue.arrive("m1", { Records: [record("a"), record("b")] });
    assert.deepEqual((await end()).removed, []);
    assert.deepEqual(looks, ["a", "b"]);
  });

  it("never looks at more objects at once than it may, nor asks for more messages than it can take", async () => {
    let now = 0;
    let most = 0;
    const { queue, end } = begun(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      return settled;
    }, 3);
    for (let at = 0; at < 30; at += 1) queue.arrive(`m${at}`, { key: `k${at}`, size: 1 });
    const { removed, asked } = await end();
    assert.equal(removed.length, 30);
    assert.equal(most, 3);
    assert.ok(Math.max(...asked) <= 3);
  });

  it("is not held up by many hints for a key that takes long", async () => {
    const slow = Promise.withResolvers<undefined>();
    const looks: string[] = [];
    const { queue, end } = begun(async (key) => {
      looks.push(key);
      if (key === "slow") await slow.promise;
      return settled;
    }, 2);
    for (let at = 0; at < 10; at += 1) queue.arrive(`s${at}`, { key: "slow", size: 1 });
    queue.arrive("q", { key: "quick", size: 1 });
    while (!looks.includes("quick")) await new Promise((resolve) => setTimeout(resolve, 1));
    slow.resolve(undefined);
    assert.equal((await end()).removed.length, 11);
    assert.deepEqual(looks, ["slow", "quick", "slow"]);
  });

  describe("of messages about scans", () => {
    const slice = (at: number) => ({ causeway: "slice", scan: "s", slice: `${at}` });

    it("settles no more slices at once than there is room for their keys, and no fewer in the end", async () => {
      let now = 0;
      let most = 0;
      const scan: IntakeOptions["scan"] = async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now -= 1;
        return { again: false, failure: undefined };
      };
      const { queue, end } = begun(() => Promise.resolve(settled), 16, scan);
      for (let at = 0; at < 40; at += 1) queue.arrive(`m${at}`, slice(at));
      while (queue.removed.length < 40) await new Promise((resolve) => setTimeout(resolve, 1));
      await end();
      assert.equal(most, 4);
    });

    it("does not hold hints up while a scan is listed", async () => {
      const listed = Promise.withResolvers<undefined>();
      const scan: IntakeOptions["scan"] = async () => {
        await listed.promise;
        return { again: false, failure: undefined };
      };
      const { queue, end } = begun(() => Promise.resolve(settled), 1, scan);
      queue.arrive("scan", { causeway: "scan", id: "s" });
      queue.arrive("hint", { key: "k", size: 1 });
      while (queue.removed.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      assert.deepEqual(queue.removed, ["hint"]);
      listed.resolve(undefined);
      assert.deepEqual((await end()).removed, ["hint", "scan"]);
    });

    it("lets them come again, bury their failures, and hand back what the worker's end cuts short", async () => {
      const failure = { class: "AccessDenied", reason: "no" };
      const answers = [
        () => Promise.resolve({ again: true, failure: undefined }),
        () => Promise.resolve({ again: false, failure }),
        () => Promise.reject(new Interrupted()),
      ];
      const scan: IntakeOptions["scan"] = (message) =>
        answers[Number("slice" in message ? message.slice : 0)]?.() ??
        Promise.reject(new Error("none"));
      const { queue, end } = begun(() => Promise.resolve(settled), 16, scan);
      for (const at of [0, 1, 2]) queue.arrive(`m${at}`, slice(at));
      const { removed, dead, visibility } = await end();
      assert.deepEqual([removed, dead], [["m1"], [{ id: "m1", why: failure }]]);
      assert.deepEqual(visibility.map(({ id }) => id).sort(), ["m0", "m2"]);
    });

    it("buries them where the worker takes no part in scans", async () => {
      const { queue, end } = begun(() => Promise.resolve(settled));
      queue.arrive("m1", slice(1));
      assert.equal((await end()).dead[0]?.why.class, "NotAnEvent");
    });
  });
});
