import assert from "node:assert/strict";
import fc from "fast-check";
import { Budget } from "../../../../runtime/copy/budget.ts";
import { settle } from "../../../../runtime/copy/settle.ts";
import { compileScope } from "../../../../runtime/decide/filter.ts";
import { Lanes } from "../../../../runtime/events/lanes.ts";
import { FakeSource, FakeTarget, never } from "../fakes.ts";

type Step =
  | { readonly do: "put"; readonly key: string; readonly body: string }
  | { readonly do: "delete"; readonly key: string }
  | { readonly do: "hint"; readonly key: string; readonly worker: number };

const key = fc.constantFrom("a", "b");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("put" as const), key, body: fc.string({ maxLength: 4 }) }),
  fc.record({ do: fc.constant("delete" as const), key }),
  fc.record({ do: fc.constant("hint" as const), key, worker: fc.nat({ max: 2 }) }),
);

/** Every change's own hints come after it, as a queue that delivers at least once gives them, in an order that the run chooses. */
async function live(
  bucket: "plain" | "versioned",
  steps: readonly Step[],
  scheduler: fc.Scheduler,
): Promise<void> {
  const source = new FakeSource(bucket);
  const target = new FakeTarget();
  const pause = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label);
  source.onLook = () => pause("look");
  source.onRead = () => pause("read");
  target.onLook = () => pause("look at the target");
  target.onCommit = () => pause("commit");
  const policy = { scope: compileScope(""), deletes: "mirror", writer: "w" } as const;
  const bounds = { ranges: new Budget(4), bytes: new Budget(1024 * 1024) };
  const settleKey = async (one: string): Promise<void> => {
    await settle({
      key: one,
      source,
      target,
      targetPrefix: "",
      policy,
      bounds,
      signal: never,
      pause: () => Promise.resolve(),
    });
  };
  const workers = [0, 1, 2].map(() => new Lanes<number, void>((one) => settleKey(one)));
  const open: Promise<void>[] = [];
  const hint = (one: string, worker: number): void => {
    open.push(deliver(() => workers[worker]?.run(one, 0) ?? Promise.resolve()));
  };
  for (const [at, one] of steps.entries()) {
    if (one.do === "put") source.put(one.key, `${one.body}${at}`);
    if (one.do === "delete") source.objects.delete(one.key);
    hint(one.key, one.do === "hint" ? one.worker : at % 3);
    await pause("next");
  }
  await Promise.all(open);
  for (const one of ["a", "b"]) {
    const wanted = source.objects.get(one)?.bytes.toString();
    assert.equal(target.blobs.get(one)?.bytes.toString(), wanted, `${one} differs`);
  }
}

/** A message whose look failed comes again. */
async function deliver(look: () => Promise<void>): Promise<void> {
  for (let tries = 0; tries < 5; tries += 1) {
    try {
      await look();
      return;
    } catch {
      continue;
    }
  }
}

describe("any history of changes and hints, seen by three workers in any interleaving", () => {
  for (const bucket of ["plain", "versioned"] as const) {
    it(`ends with the target equal to the source, a ${bucket} bucket`, async function () {
      this.timeout(60_000);
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 8 }),
          fc.scheduler(),
          async (steps, scheduler) => {
            const done = live(bucket, steps, scheduler);
            await scheduler.waitFor(done);
          },
        ),
        { numRuns: 150 },
      );
    }).slow(5_000);
  }
});
