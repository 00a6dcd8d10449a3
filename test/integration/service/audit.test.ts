import assert from "node:assert/strict";
import { sql } from "kysely";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyChain, type Entry, type Verdict } from "../../../service/audit/chain.ts";
import { readAudit } from "../../../service/audit/read.ts";
import { audit } from "../../../service/audit/record.ts";
import { local } from "../../../service/auth/principal.ts";
import { openDatabase, type Db, type OpenDatabase } from "../../../service/db/database.ts";
import { postgresOrSkip, type PostgresServer } from "../../support/postgres.ts";

const by = { principal: local, requestId: "r", from: "127.0.0.1" };

function write(db: Db, target: string, more: { before?: unknown; after?: unknown } = {}) {
  const deed = { ...by, action: "pipeline.create", tenant: "acme", target, ...more };
  return db.transaction().execute((transaction) => audit(transaction, deed));
}

function verify(db: Db, kept?: Verdict["head"]): Promise<Verdict> {
  return verifyChain(readAudit(db, {}), kept);
}

/** As whoever owns the tables could. */
async function behindTheTriggers(db: Db, statement: string): Promise<void> {
  await sql.raw("alter table audit_log disable trigger user").execute(db);
  await sql.raw(statement).execute(db);
  await sql.raw("alter table audit_log enable trigger user").execute(db);
}

function tests(
  open: (folder: string) => Promise<OpenDatabase>,
  again?: () => Promise<OpenDatabase>,
): void {
  let folder: string;
  let database: OpenDatabase;
  let db: Db;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "causeway-audit-"));
    database = await open(folder);
    ({ db } = database);
    for (let i = 1; i <= 5; i += 1) await write(db, `pipelines/p${i}`, { after: { i } });
  });
  after(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("holds as a chain, and gives digests of what was and what is", async () => {
    const entries: Entry[] = [];
    for await (const entry of readAudit(db, { tenant: "acme" })) entries.push(entry);
    assert.deepEqual(
      entries.map(({ seq }) => seq),
      [1, 2, 3, 4, 5],
    );
    const [first, second] = entries;
    assert.equal(second?.previous, first?.hash);
    assert.equal(first?.before, null);
    assert.match(first.after ?? "", /^sha256:[0-9a-f]{64}$/);
    assert.notEqual(first.after, second?.after);
    const verdict = await verify(db);
    assert.equal(verdict.ok, true);
    assert.equal(verdict.entries, 5);
  });

  it("can only be added to", async () => {
    for (const statement of [
      "update audit_log set target = 'x'",
      "delete from audit_log where seq = 5",
      "truncate audit_log",
    ]) {
      await assert.rejects(sql.raw(statement).execute(db), /can only be added to/, statement);
    }
  });

  it("keeps nothing of a change that was not made", async () => {
    const attempt = db.transaction().execute(async (transaction) => {
      await audit(transaction, { ...by, action: "a", tenant: null, target: "t" });
      throw new Error("no");
    });
    await assert.rejects(attempt, /no/);
    assert.equal((await verify(db)).entries, 5);
  });

  it("stays whole under many writers at once", async () => {
    // On a server, those of a second service too.
    const second = again === undefined ? undefined : await again();
    const writers = [db, second?.db ?? db];
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => write(writers[i % 2] ?? db, `pipelines/many${i}`)),
    );
    await second?.close();
    const verdict = await verify(db);
    assert.deepEqual([verdict.ok, verdict.entries, verdict.head.seq], [true, 45, 45]);
  });

  it("names the first link that does not hold", async () => {
    const { head } = await verify(db);
    await behindTheTriggers(db, "update audit_log set detail = 'nothing' where seq = 3");
    const changed = await verify(db);
    assert.deepEqual([changed.ok, changed.broken?.seq, changed.entries], [false, 3, 2]);
    await behindTheTriggers(db, "update audit_log set detail = null where seq = 3");
    assert.equal((await verify(db)).ok, true);

    await behindTheTriggers(db, "delete from audit_log where seq = 44");
    assert.match((await verify(db)).broken?.why ?? "", /entry 43.*gone/);
    // The end cut off: only whoever kept the head can tell.
    await behindTheTriggers(db, "delete from audit_log where seq > 43");
    assert.equal((await verify(db)).ok, true);
    assert.match((await verify(db, head)).broken?.why ?? "", /cut off/);
    const other = { seq: 43, hash: "0".repeat(64) };
    assert.match((await verify(db, other)).broken?.why ?? "", /written anew/);
  });
}

describe("the audit log on PGlite", () => {
  tests((folder) => openDatabase({ url: undefined, folder: join(folder, "db") }));
});

describe("the audit log on Postgres, written by two services", () => {
  let server: PostgresServer | undefined;
  before(async function () {
    server = await postgresOrSkip(this);
  });
  after(() => server?.stop());
  const open = () => openDatabase({ url: server?.url, folder: "" });
  tests(open, open);
});
