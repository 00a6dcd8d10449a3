import assert from "node:assert/strict";
import { Client } from "pg";
import { migrationNames } from "../../../service/db/database.ts";
import type { Service } from "../../../service/service.ts";
import { postgresOrSkip, type PostgresServer } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";
import { fakeEngine } from "./fake-engine.ts";
import { makeHome, start, type Home } from "./harness.ts";

type Checks = Record<string, { ok: boolean; detail: string | null }>;

describe("readiness", () => {
  let server: PostgresServer | undefined;
  let home: Home;
  let service: Service;
  before(async function () {
    server = await postgresOrSkip(this);
    home = await makeHome({
      DATABASE_URL: server.url,
      CAUSEWAY_LEASE_SECONDS: "4",
      CAUSEWAY_ENGINE: "/nowhere",
    });
    service = await start(home, { runEngine: fakeEngine().run });
  });
  after(async () => {
    if (server === undefined) return;
    await service.stop();
    await server.stop();
    await home.remove();
  });
  const checks = async (): Promise<Checks> => {
    const answer = await fetch(`${service.url}/readyz`);
    const body = (await answer.json()) as { ready: boolean; checks: Checks };
    assert.equal(answer.status, body.ready ? 200 : 503);
    assert.equal(
      body.ready,
      Object.values(body.checks).every(({ ok }) => ok),
    );
    return body.checks;
  };

  it("is no while the database's tables are not this program's, and says what was expected", async () => {
    assert.equal((await checks()).database?.ok, true);
    const other = new Client({ connectionString: server?.url });
    await other.connect();
    const last = migrationNames.at(-1) ?? "";
    try {
      await other.query("insert into kysely_migration values ('9999-later', '2100-01-01')");
      const newer = (await checks()).database;
      assert.equal(newer?.ok, false);
      const words = `newer than this program: expected the migrations up to ${last}, got those up to 9999-later`;
      assert.ok(newer.detail?.includes(words), newer.detail ?? "");
      await other.query("delete from kysely_migration where name in ('9999-later', $1)", [last]);
      const older = (await checks()).database;
      assert.ok(older?.detail?.includes(`it lacks ${last}`), older?.detail ?? "");
      await other.query("alter table kysely_migration rename to away");
      const none = (await checks()).database;
      assert.ok(none?.detail?.includes("got those up to none at all"), none?.detail ?? "");
      await other.query("alter table away rename to kysely_migration");
      await other.query("insert into kysely_migration values ($1, '2026-01-01')", [last]);
      assert.equal((await checks()).database?.ok, true);
    } finally {
      await other.end();
    }
  });

  it("is no when the dispatcher is stuck, though the process lives and the database answers, and yes again after", async () => {
    assert.equal((await checks()).dispatcher?.ok, true);
    const blocker = new Client({ connectionString: server?.url });
    await blocker.connect();
    await blocker.query("begin; lock table operations in access exclusive mode");
    try {
      const stuck = await until("the dispatcher is found stuck", async () => {
        const now = await checks();
        return now.dispatcher?.ok === false ? now : undefined;
      });
      assert.match(stuck.dispatcher?.detail ?? "", /last looked at \d+ s ago/);
      assert.equal(stuck.database?.ok, true);
      assert.equal((await fetch(`${service.url}/healthz`)).status, 200);
    } finally {
      await blocker.query("rollback");
      await blocker.end();
    }
    await until("it looks again", async () => ((await checks()).dispatcher?.ok ? true : undefined));
  });
});
