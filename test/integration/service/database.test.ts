import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import { parseSpec, type PipelineSpec } from "../../../infra/spec/index.ts";
import { openDatabase, type OpenDatabase } from "../../../service/db/database.ts";
import { bindKey, useKey } from "../../../service/db/idempotency.ts";
import {
  claimNext,
  holdLease,
  renew,
  requeue,
  settle,
  suspects,
  takeOver,
  type Settlement,
} from "../../../service/db/leases.ts";
import { insertOperation, queuePosition } from "../../../service/db/operations.ts";
import { findPipeline, insertPipeline, markRemoved } from "../../../service/db/pipelines.ts";
import { SetupError } from "../../../service/errors.ts";
import { createPipeline } from "../../../service/pipelines/change.ts";
import { postgresOrSkip, type PostgresServer } from "../../support/postgres.ts";
import { spec as rawSpec } from "./harness.ts";

const leaseMs = 60_000;
const won: Settlement = { state: "succeeded", counts: null, failure: null, seconds: 1 };
const nothing = (): Promise<void> => Promise.resolve();

function specOf(prefix = "in/"): PipelineSpec {
  const parsed = parseSpec(rawSpec(prefix));
  assert.ok(parsed.ok);
  return parsed.spec;
}

async function refusalOf(opening: Promise<OpenDatabase>): Promise<SetupError> {
  try {
    await (await opening).close();
  } catch (error) {
    assert.ok(error instanceof SetupError, String(error));
    return error;
  }
  return assert.fail("the database was opened");
}

/** What any database of the service must do; run on each kind that there is. */
function behavesAsADatabase(open: () => Promise<OpenDatabase>): void {
  let database: OpenDatabase;
  let opened: OpenDatabase | undefined;
  before(async () => {
    database = opened = await open();
  });
  after(() => opened?.close());
  beforeEach(async () => {
    await sql`truncate pipelines, generations, operations, operation_events, idempotency, runs, ledger_files, leases cascade`.execute(
      database.db,
    );
  });

  async function pipeline(tenant = "acme", name = "exports") {
    const row = await insertPipeline(database.db, { tenant, name }, specOf());
    assert.ok(row);
    return row;
  }

  it("makes one pipeline of many that are posted at once under one name", async () => {
    const { db } = database;
    const posts = Array.from({ length: 12 }, () =>
      db.transaction().execute((t) => createPipeline(t, { tenant: "acme", name: "one" }, specOf())),
    );
    const operations = new Set((await Promise.all(posts)).map(({ operation }) => operation.id));
    assert.equal(operations.size, 1);
    const { count } = await db
      .selectFrom("pipelines")
      .select((eb) => eb.fn.countAll().as("count"))
      .executeTakeFirstOrThrow();
    assert.equal(Number(count), 1);
  });

  it("keeps a query of one caller out of the transaction of another", async () => {
    const { db } = database;
    const inside = Promise.withResolvers<undefined>();
    const mayEnd = Promise.withResolvers<undefined>();
    const rolledBack = db.transaction().execute(async (t) => {
      await insertPipeline(t, { tenant: "acme", name: "inside" }, specOf());
      inside.resolve(undefined);
      await mayEnd.promise;
      throw new Error("rolled back");
    });
    await inside.promise;
    const outside = insertPipeline(db, { tenant: "acme", name: "outside" }, specOf());
    mayEnd.resolve(undefined);
    await assert.rejects(rolledBack, /rolled back/);
    await outside;
    assert.equal(await findPipeline(db, { tenant: "acme", name: "inside" }), undefined);
    assert.ok(await findPipeline(db, { tenant: "acme", name: "outside" }));
  });

  it("gives a removed pipeline's name away again and keeps the tombstone", async () => {
    const old = await pipeline();
    await markRemoved(database.db, old.id);
    const young = await pipeline();
    assert.notEqual(young.id, old.id);
    assert.equal((await findPipeline(database.db, young))?.id, young.id);
  });

  it("lets one operation of a stack run at a time, first in first out, and others beside it", async () => {
    const { db } = database;
    const [a, b] = [await pipeline("acme", "aa"), await pipeline("acme", "bb")];
    const first = await insertOperation(db, a, "create");
    const second = await insertOperation(db, a, "update");
    const other = await insertOperation(db, b, "create");
    assert.equal(await queuePosition(db, second), 1);
    const claims = await Promise.all([1, 2, 3, 4].map(() => claimNext(db, "me", leaseMs)));
    const claimed = claims.flatMap((row) => (row === undefined ? [] : [row]));
    assert.deepEqual(new Set(claimed.map(({ id }) => id)), new Set([first.id, other.id]));
    const held = claimed.find(({ id }) => id === first.id);
    assert.ok(held);
    await settle(db, { id: held.id, token: held.lease_token }, won, nothing);
    assert.equal((await claimNext(db, "me", leaseMs))?.id, second.id);
  });

  it("serves the tenant with the least under way first", async () => {
    const { db } = database;
    for (const name of ["aa", "bb", "cc"]) {
      await insertOperation(db, await pipeline("busy", name), "create");
    }
    await insertOperation(db, await pipeline("quiet", "aa"), "create");
    const order = [await claimNext(db, "me", leaseMs), await claimNext(db, "me", leaseMs)];
    assert.deepEqual(
      order.map((row) => row?.tenant),
      ["busy", "quiet"],
    );
  });

  it("settles an operation once, and only by its lease's present holder", async () => {
    const { db } = database;
    await insertOperation(db, await pipeline(), "create");
    const row = await claimNext(db, "old", leaseMs);
    assert.ok(row);
    const old = { id: row.id, token: row.lease_token };
    const young = await takeOver(db, row, "young", leaseMs);
    assert.ok(young);
    assert.equal(await settle(db, old, won, nothing), false);
    assert.equal(await renew(db, old, leaseMs), undefined);
    assert.equal(await requeue(db, old), false);
    assert.equal(await settle(db, young, won, nothing), true);
    assert.equal(await settle(db, young, won, nothing), false);
  });

  it("undoes a settlement when what goes with it fails", async () => {
    const { db } = database;
    await insertOperation(db, await pipeline(), "create");
    const row = await claimNext(db, "me", leaseMs);
    assert.ok(row);
    const held = { id: row.id, token: row.lease_token };
    await assert.rejects(settle(db, held, won, () => Promise.reject(new Error("disk full"))));
    assert.equal(await settle(db, held, won, nothing), true);
  });

  it("suspects what runs with a lease that is over, or on this host", async () => {
    const { db } = database;
    for (const name of ["aa", "bb", "cc"]) {
      await insertOperation(db, await pipeline("acme", name), "create");
    }
    await claimNext(db, "elsewhere:1:1", leaseMs);
    const expired = await claimNext(db, "elsewhere:2:1", -1_000);
    const here = await claimNext(db, "h_st:3:1", leaseMs);
    const found = (await suspects(db, "h_st")).map(({ id }) => id);
    assert.deepEqual(new Set(found), new Set([expired?.id, here?.id]));
    assert.deepEqual(
      (await suspects(db, "hXst")).map(({ id }) => id),
      [expired?.id],
    );
  });

  it("binds an idempotency key to one request of one tenant", async () => {
    const { db } = database;
    const row = await pipeline();
    const operation = await insertOperation(db, row, "create");
    assert.deepEqual(await useKey(db, "acme", "k", "digest"), { use: "first" });
    await bindKey(db, "acme", "k", operation.id);
    assert.deepEqual(await useKey(db, "acme", "k", "digest"), {
      use: "again",
      thing: operation.id,
    });
    assert.deepEqual(await useKey(db, "acme", "k", "other"), { use: "for-another-request" });
    assert.deepEqual(await useKey(db, "other", "k", "other"), { use: "first" });
  });

  it("gives a named lease to one holder until it is over", async () => {
    const { db } = database;
    assert.equal(await holdLease(db, "tracker", "a", leaseMs), true);
    assert.equal(await holdLease(db, "tracker", "b", leaseMs), false);
    assert.equal(await holdLease(db, "tracker", "a", -1), true);
    assert.equal(await holdLease(db, "tracker", "b", leaseMs), true);
  });
}

describe("the embedded database", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "causeway-db-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  behavesAsADatabase(() => openDatabase({ url: undefined, folder: join(folder, "db") }));

  it("refuses a second process on the same folder and names the first", async () => {
    const error = await refusalOf(openDatabase({ url: undefined, folder: join(folder, "db") }));
    assert.equal(error.code, "database-in-use");
    assert.match(error.message, new RegExp(`process ${process.pid}\\b`));
  });

  it("takes over from a process that died without releasing it", async () => {
    const other = join(folder, "other");
    await writeFile(`${other}.lock`, JSON.stringify({ pid: process.pid, began: "another time" }));
    const database = await openDatabase({ url: undefined, folder: other });
    await database.close();
  });
});

describe("a Postgres server", () => {
  let server: PostgresServer | undefined;
  before(async function () {
    server = await postgresOrSkip(this);
  });
  after(() => server?.stop());
  const open = (): Promise<OpenDatabase> => openDatabase({ url: server?.url, folder: "" });

  behavesAsADatabase(open);

  it("that ends a connection in the middle of a transaction fails that transaction, not the process", async () => {
    const database = await open();
    const { db } = database;
    const doomed = db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(
        transaction,
      );
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db);
      await delay(200);
      await sql`select 1`.execute(transaction);
    });
    await assert.rejects(doomed);
    await sql`select 1`.execute(db);
    await database.close();
  });
});

describe("a Postgres server that is not there", () => {
  it("is named without its password", async () => {
    const password = randomUUID();
    const error = await refusalOf(
      openDatabase({ url: `postgres://u:${password}@127.0.0.1:1/d`, folder: "" }),
    );
    assert.equal(error.code, "migration-failed");
    assert.doesNotMatch(error.message, new RegExp(password));
  });
});
