import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { settle } from "../../../../runtime/copy/settle.ts";
import type { Candidate } from "../../../../runtime/copy/work.ts";
import { decideListed } from "../../../../runtime/decide/listed.ts";
import { Lanes } from "../../../../runtime/events/lanes.ts";
import type { TargetSide } from "../../../../runtime/stores/contract.ts";
import {
  FakeSource,
  FakeTarget,
  Wire,
  cloudError,
  means,
  never,
  placed,
  without,
  type Call,
} from "../fakes.ts";
import { mirror } from "./work.ts";

/**
 * What happens at the source, in any order with what three workers do about it. Each change's own hint comes after it, as a queue that delivers
 * at least once gives it; hints come twice, late, and in an order that the run chooses.
 */
type Step =
  | { readonly do: "put"; readonly key: string; readonly size: number }
  | { readonly do: "revert"; readonly key: string }
  | { readonly do: "delete"; readonly key: string }
  | { readonly do: "hint"; readonly key: string; readonly worker: number };

/** What goes wrong at the n-th request of all. `crash` kills the worker; its message comes back to another. */
interface Fault {
  readonly at: number;
  readonly kind: "busy" | "lost answer" | "crash before" | "crash after" | "cut short";
}

interface World {
  readonly bucket: "plain" | "versioned";
  readonly kind: "azure-blob" | "s3";
  readonly by: "stream" | "url" | "auto";
  readonly checksums: "all" | "md5" | "none";
}

const key = fc.constantFrom("a", "b");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("put" as const), key, size: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("revert" as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("hint" as const), key, worker: fc.nat({ max: 2 }) }),
  },
);
const fault: fc.Arbitrary<Fault> = fc.record({
  at: fc.nat(80),
  kind: fc.constantFrom("busy", "lost answer", "crash before", "crash after", "cut short"),
});
const world: fc.Arbitrary<World> = fc.record({
  bucket: fc.constantFrom("plain", "versioned"),
  kind: fc.constantFrom("azure-blob", "s3"),
  by: fc.constantFrom("stream", "url", "auto"),
  checksums: fc.constantFrom("all", "md5", "none"),
});

class Crash extends Error {}

/** Two clouds in memory whose requests the scheduler orders and the faults hit. */
function clouds(
  { bucket, kind, checksums }: World,
  faults: readonly Fault[],
  scheduler: fc.Scheduler,
): { readonly source: FakeSource; readonly target: FakeTarget; readonly calm: () => void } {
  const wire = new Wire();
  const source = new FakeSource(bucket, wire);
  if (checksums !== "all") {
    const lacks = checksums === "md5" ? (["crc64"] as const) : (["crc64", "md5"] as const);
    source.shows = (object) => without(object, ...lacks);
  }
  const target = new FakeTarget({ kind, putLimit: 8, putFromLimit: 16, blockSize: 8, wire });
  const numbers = new Map<Call, number>();
  const hit = (call: Call, ...kinds: readonly Fault["kind"][]): boolean =>
    faults.some(({ at, kind: one }) => at === numbers.get(call) && kinds.includes(one));
  wire.before = async (call) => {
    numbers.set(call, wire.calls.length - 1);
    await scheduler.schedule(Promise.resolve(), `${call.op} ${call.key}`);
    if (hit(call, "crash before")) throw new Crash();
    if (hit(call, "busy")) throw cloudError("azure", "any", "ServerBusy", 503);
  };
  wire.after = async (call) => {
    await scheduler.schedule(Promise.resolve(), `answer to ${call.op}`);
    if (hit(call, "crash after")) throw new Crash();
    if (hit(call, "lost answer")) throw cloudError("azure", "any", "Network", 0);
  };
  wire.cutOff = (call, length) => (hit(call, "cut short") ? Math.floor(length / 2) : undefined);
  const calm = (): void => {
    wire.before = wire.after = wire.cutOff = undefined;
  };
  return { source, target, calm };
}

/**
 * In the moment of each write: never a mixture, never marks that promise other bytes, never an older object over a newer one. (After a deletion a
 * slow worker may bring back what it read before, for as long as it takes to look at the source again.)
 */
function watch(source: FakeSource, target: FakeTarget): void {
  const newest = new Map<string, number>();
  target.onWrite = (name, bytes, marks) => {
    const at = (source.history.get(name) ?? []).findLastIndex((one) => one.equals(bytes));
    assert.ok(at >= 0, `${name} is torn: ${bytes.toString()}`);
    assert.ok(at >= (newest.get(name) ?? 0), `${name} went back to an older object`);
    const etag = createHash("md5").update(bytes).digest("hex");
    assert.equal(marks?.etag ?? marks?.pin, etag, `${name} has marks of another object`);
    newest.set(name, at);
  };
  target.onRemove = (name) => newest.delete(name);
}

async function live(
  shape: World,
  steps: readonly Step[],
  faults: readonly Fault[],
  scheduler: fc.Scheduler,
): Promise<void> {
  const { source, target, calm } = clouds(shape, faults, scheduler);
  watch(source, target);
  const shared = means({ by: shape.by });
  const place = placed(target);
  const settleKey = async (one: string): Promise<void> => {
    await settle({
      candidate: { key: one, size: source.objects.get(one)?.object.size },
      source,
      target: place,
      policy: mirror,
      means: shared,
      signal: never,
      pause: () => Promise.resolve(),
    });
  };
  const workers = [0, 1, 2].map(() => new Lanes<number, void>((one) => settleKey(one)));
  const hint = (one: string, worker: number): Promise<void> =>
    deliver((tries) => workers[(worker + tries) % 3]?.run(one, 0) ?? Promise.resolve());
  const open: Promise<void>[] = [];
  for (const [at, one] of steps.entries()) {
    change(source, one, at);
    open.push(hint(one.key, one.do === "hint" ? one.worker : at % 3));
    await scheduler.schedule(Promise.resolve(), "next");
  }
  await Promise.all(open);
  calm();
  for (const one of ["a", "b"]) {
    const wanted = source.objects.get(one)?.bytes.toString();
    assert.equal(target.objects.get(one)?.bytes.toString(), wanted, `${one} differs`);
  }
  assert.equal(shared.buffers.out, 0, "a buffer was not given back");
}

function change(source: FakeSource, one: Step, at: number): void {
  if (one.do === "put") source.put(one.key, `${at} `.padEnd(one.size, String(at)));
  if (one.do === "delete") source.delete(one.key);
  if (one.do !== "revert") return;
  // What was there before comes back: the same ETag, and bytes that were staged for it may be another's.
  const before = source.history.get(one.key)?.at(-2);
  if (before !== undefined) source.put(one.key, before);
}

/** A message whose look failed, or whose worker died, comes again. */
async function deliver(look: (tries: number) => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await look(tries);
      return;
    } catch (error) {
      if (error instanceof assert.AssertionError || tries > 100) throw error;
    }
  }
}

describe("any history of changes, hints, faults and crashes, seen by three workers in any interleaving", () => {
  it("ends with the target equal to the source, and shows nothing torn or older on the way", async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.array(fault, { maxLength: 8 }),
        fc.scheduler(),
        async (shape, steps, faults, scheduler) => {
          const done = live(shape, steps, faults, scheduler);
          await scheduler.waitFor(done);
        },
      ),
      { numRuns: Number(process.env["HISTORIES"] ?? 300) },
    );
  }).slow(10_000);

  it("ends so after one scan when every hint was lost, though the source changed during the scan before", async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.array(fault, { maxLength: 8 }),
        fc.scheduler(),
        async (shape, steps, faults, scheduler) => {
          await scheduler.waitFor(scanned(shape, steps, faults, scheduler));
        },
      ),
      { numRuns: Number(process.env["HISTORIES"] ?? 150) },
    );
  }).slow(10_000);
});

/** Half of the changes, a scan while the other half happens, and a scan when all is quiet: no hint at all. */
async function scanned(
  shape: World,
  steps: readonly Step[],
  faults: readonly Fault[],
  scheduler: fc.Scheduler,
): Promise<void> {
  const { source, target, calm } = clouds(shape, faults, scheduler);
  watch(source, target);
  const half = Math.floor(steps.length / 2);
  for (const [at, one] of steps.slice(0, half).entries()) change(source, one, at);
  const first = deliver(() => scanOnce(source, target, shape));
  for (const [at, one] of steps.slice(half).entries()) {
    await scheduler.schedule(Promise.resolve(), "next");
    change(source, one, half + at);
  }
  await first;
  calm();
  await scanOnce(source, target, shape);
  for (const one of ["a", "b"]) {
    const wanted = source.objects.get(one)?.bytes.toString();
    assert.equal(target.objects.get(one)?.bytes.toString(), wanted, `${one} differs`);
  }
}

/** Compares two listings, target first, and settles what differs by what they showed. */
async function scanOnce(source: FakeSource, target: FakeTarget, { by }: World): Promise<void> {
  const there = new Map<string, TargetSide>();
  for await (const page of target.list({ prefix: "" })) {
    for (const one of page) there.set(one.name, { ...one, state: "present" });
  }
  const candidates: Candidate[] = [];
  for await (const page of source.list({ prefix: "" })) {
    for (const one of page) {
      const side = there.get(one.key) ?? { state: "absent" };
      there.delete(one.key);
      if (decideListed(one, side) === "unchanged") continue;
      candidates.push({ key: one.key, source: one, target: side });
    }
  }
  for (const [one, side] of there) candidates.push({ key: one, target: side });
  const shared = { source, target: placed(target), means: means({ by }), signal: never };
  const policy = { ...mirror, deletions: "scans" } as const;
  const pause = (): Promise<void> => Promise.resolve();
  await Promise.all(
    candidates.map((candidate) =>
      deliver(() => settle({ ...shared, candidate, policy, pause }).then(() => undefined)),
    ),
  );
}
