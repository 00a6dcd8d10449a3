import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { sql } from "kysely";
import { openDatabase, type OpenDatabase } from "../../../service/db/database.ts";
import { claimNext, requeue, settle } from "../../../service/db/leases.ts";
import { insertOperation } from "../../../service/db/operations.ts";
import { insertPipeline, type PipelineRow } from "../../../service/db/pipelines.ts";
import { queuePlace } from "../../../service/db/queue.ts";
import type { OperationAction } from "../../../service/db/schema.ts";
import { pickNext, type Waiting } from "../../../service/operations/schedule.ts";
import { spec } from "./harness.ts";

const done = { state: "succeeded" as const, counts: null, failure: null, seconds: 10 };
const nothing = (): Promise<void> => Promise.resolve();

describe("the queue in the database", () => {
  let folder: string;
  let database: OpenDatabase;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "causeway-schedule-"));
    database = await openDatabase({ url: undefined, folder: join(folder, "db") });
  });
  after(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(empty);

  async function empty(): Promise<void> {
    await sql`truncate pipelines, operations cascade`.execute(database.db);
  }

  async function pipeline(tenant: string, name: string): Promise<PipelineRow> {
    const row = await insertPipeline(database.db, { tenant, name }, spec() as never);
    assert.ok(row);
    return row;
  }

  const asked = fc.array(
    fc.record({
      tenant: fc.constantFrom("a", "b", "c"),
      stack: fc.integer({ min: 0, max: 2 }),
      action: fc.constantFrom<OperationAction>("update", "update", "preview", "drift"),
    }),
    { minLength: 1, maxLength: 16 },
  );

  it("is served in the very order of the pure rule, whatever waits and runs", async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.integer({ min: 1, max: 3 }), async (rows, slots) => {
        await empty();
        const { db } = database;
        const pipelines = new Map<string, PipelineRow>();
        const waiting: Waiting[] = [];
        for (const { tenant, stack, action } of rows) {
          const name = `pipe${stack}`;
          const row = pipelines.get(tenant + name) ?? (await pipeline(tenant, name));
          pipelines.set(tenant + name, row);
          const { id, seq } = await insertOperation(db, row, action);
          waiting.push({ id, tenant, stack: row.stack, action, seq: Number(seq), createdAt: 0 });
        }
        const running: (Waiting & { token: number })[] = [];
        const recent: { action: OperationAction; at: number }[] = [];
        const served = new Map<string, number>();
        for (let at = 1; waiting.length > 0; at += 1) {
          const expected = pickNext({ waiting, running, recent, served });
          const taken = await claimNext(db, "me", 60_000);
          assert.equal(taken?.id, expected?.id);
          if (taken !== undefined && expected !== undefined) {
            waiting.splice(waiting.indexOf(expected), 1);
            running.push({ ...expected, token: taken.lease_token });
            recent.unshift({ action: expected.action, at });
            served.set(expected.tenant, at);
          }
          if (running.length >= slots || taken === undefined) {
            const first = running.shift();
            assert.ok(first);
            await settle(db, { id: first.id, token: first.token }, done, nothing);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it("passes over tenants that may have no more, and operations whose time has not come", async () => {
    const { db } = database;
    const [a, b] = [await pipeline("a", "one"), await pipeline("b", "one")];
    const first = await insertOperation(db, a, "create");
    const second = await insertOperation(db, b, "create");
    const taken = await claimNext(db, "me", 60_000, ["a"]);
    assert.equal(taken?.id, second.id);
    await requeue(db, { id: second.id, token: taken.lease_token }, { afterMs: 60_000 });
    assert.equal(await claimNext(db, "me", 60_000, ["a"]), undefined);
    assert.equal((await claimNext(db, "me", 60_000))?.id, first.id);
  });

  it("tells an operation its place and its wait by what was done of late", async () => {
    const { db } = database;
    const one = await pipeline("a", "one");
    await insertOperation(db, one, "update");
    const old = await claimNext(db, "me", 60_000);
    assert.ok(old);
    const next = await insertOperation(db, one, "update");
    const last = await insertOperation(db, await pipeline("a", "two"), "update");
    assert.deepEqual(await queuePlace(db, last), { position: 1, waitSeconds: null });
    await settle(db, { id: old.id, token: old.lease_token }, done, nothing);
    assert.deepEqual(await queuePlace(db, next), { position: 0, waitSeconds: 0 });
    assert.deepEqual(await queuePlace(db, last), { position: 1, waitSeconds: 10 });
  });
});
