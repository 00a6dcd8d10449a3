import assert from "node:assert/strict";
import { Looker } from "../../../../runtime/copy/looker.ts";
import { compileScope } from "../../../../runtime/decide/filter.ts";
import { redeliverySeconds } from "../../../../runtime/decide/retry.ts";
import type { Arrival } from "../../../../runtime/events/intake.ts";
import type { LedgerRecord } from "../../../../runtime/ledger/entry.ts";
import { createLog } from "../../../../runtime/log.ts";
import { Problems } from "../../../../runtime/problems.ts";
import { FakeSource, FakeTarget, cloudError, means, placed } from "../fakes.ts";

/** As `limits.receives` is by default. */
const RECEIVES = 4;

describe("an hour in which a cloud answers 500 to everything", () => {
  const source = new FakeSource();
  const target = new FakeTarget();
  const entries: LedgerRecord[] = [];
  const buried: { readonly key: string; readonly class: string }[] = [];
  const log = createLog({}, { level: "silent" });
  const looker = new Looker({
    source,
    targets: [placed(target)],
    policy: { scope: compileScope(""), deletes: "ignore", writer: "acme/exports" },
    means: means(),
    ledger: { record: (more) => Promise.resolve(void entries.push(...more)) },
    log,
    problems: new Problems(log),
    receives: RECEIVES,
    signal: new AbortController().signal,
  });

  /** The queue's part: a message comes again, later, until it is settled or buried. @returns seconds that passed */
  const deliver = async (key: string): Promise<number> => {
    for (let receiveCount = 1, seconds = 0; ; receiveCount += 1) {
      const { again, failure } = await looker.look(key, [arrival(key, receiveCount)]);
      if (failure !== undefined) buried.push({ key, class: failure.class });
      if (!again) return seconds;
      seconds += redeliverySeconds(receiveCount, () => 0.999);
    }
  };
  const keys = Array.from({ length: 40 }, (_, at) => `k${at}`);

  it("buries hints with the reason, none without a line, and driven back they all arrive", async () => {
    for (const key of keys) source.put(key, `body of ${key}`);
    target.wire.before = () => {
      throw cloudError("azure", "blob:PutBlob", "InternalError", 500);
    };
    for (const key of keys) {
      const seconds = await deliver(key);
      assert.ok(seconds > 60, `given up after ${seconds} s`);
    }
    assert.deepEqual(
      buried,
      keys.map((key) => ({ key, class: "InternalError" })),
    );
    assert.deepEqual(new Set(entries.map(({ state }) => state)), new Set(["failed"]));
    assert.equal(entries.length, keys.length);

    target.wire.before = () => undefined;
    for (const { key } of buried.splice(0)) await deliver(key);
    assert.deepEqual(buried, []);
    for (const key of keys)
      assert.equal(target.objects.get(key)?.bytes.toString(), `body of ${key}`);
    const last = new Map(entries.map(({ key, state }) => [key, state]));
    assert.deepEqual(new Set(last.values()), new Set(["copied"]));
  });
});

function arrival(key: string, receiveCount: number): Arrival {
  return {
    hint: { key, bucket: "b", eventName: "e", eventTime: null, sequencer: null, size: 8 },
    message: { id: key, receipt: "r", body: "", receiveCount, receivedAt: new Date() },
  };
}
