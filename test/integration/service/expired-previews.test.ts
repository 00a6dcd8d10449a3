import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import request from "supertest";
import { parseSpec, type PipelineSpec } from "../../../infra/spec/index.ts";
import { spawnOperation } from "../../../service/automation/run-operation.ts";
import { openDatabase, type OpenDatabase } from "../../../service/db/database.ts";
import { findPipeline, listPipelines, markRemoved } from "../../../service/db/pipelines.ts";
import { limitsOf, writeQuotas } from "../../../service/governance/quotas.ts";
import { usageOf } from "../../../service/governance/usage.ts";
import { requestFor } from "../../../service/operations/request-for.ts";
import { createPipeline } from "../../../service/pipelines/change.ts";
import { cleanUpExpired } from "../../../service/previews/expire.ts";
import { makePreview } from "../../../service/previews/make.ts";
import type { Preview } from "../../../service/previews/schema.ts";
import type { Service } from "../../../service/service.ts";
import { readSettings } from "../../../service/settings.ts";
import { until as untilTrue } from "../../support/until.ts";
import { bodyOf, makeHome, post, spec, start, until, type Home } from "./harness.ts";
import type { OperationBody } from "./harness.ts";

const silent = pino({ level: "silent" });
const day = 86_400_000;

function parsed(): PipelineSpec {
  const result = parseSpec(spec());
  assert.ok(result.ok);
  return result.spec;
}

describe("a preview of a new pipeline, once it has expired", () => {
  let home: Home;
  let database: OpenDatabase;
  before(async () => {
    home = await makeHome();
    database = await openDatabase({ url: undefined, folder: join(home.folder, "service", "db") });
  });
  after(async () => {
    await database.close();
    await home.remove();
  });

  const preview = async (name: string, lifetimeMs: number, looked = true) => {
    const order = { spec: parsed(), commit: undefined, by: { id: "u", name: "u" }, lifetimeMs };
    const { pipeline, operation } = await database.db
      .transaction()
      .execute((transaction) => makePreview(transaction, { tenant: "acme", name }, order));
    const started = looked ? { started_at: new Date() } : {};
    await settle(operation.id, started);
    return pipeline.id;
  };
  const settle = (id: string, more: { started_at?: Date } = {}) =>
    database.db
      .updateTable("operations")
      .set({ state: "succeeded", settled_at: new Date(), ...more })
      .where("id", "=", id)
      .execute();
  const stateOf = async (id: string) => {
    const query = database.db.selectFrom("pipelines").select("state").where("id", "=", id);
    return (await query.executeTakeFirstOrThrow()).state;
  };
  const removals = (id: string) =>
    database.db
      .selectFrom("operations")
      .select("id")
      .where("pipeline_id", "=", id)
      .where("action", "=", "delete")
      .execute();
  const cleanUp = () => cleanUpExpired(database.db, silent);

  it("has its stack removed by an operation in the stack's lane, once", async () => {
    const id = await preview("gone", -1);
    const live = await preview("live", day);
    assert.equal(await cleanUp(), 1);
    assert.equal(await cleanUp(), 0, "it is under way");
    const [removal, ...more] = await removals(id);
    assert.ok(removal !== undefined && more.length === 0);
    const log = await database.db.selectFrom("audit_log").selectAll().execute();
    assert.deepEqual(
      log.map(({ principal, action, target }) => [principal, action, target]),
      [["service", "preview.expire", "pipelines/gone"]],
    );
    await settle(removal.id);
    await markRemoved(database.db, id);
    assert.equal(await cleanUp(), 0);
    assert.equal(await stateOf(live), "proposed");
  });

  it("is only forgotten when its stack was never made, or is somebody else's", async () => {
    const never = await preview("never", -1, false);
    const taken = await preview("taken", -1);
    const twice = await preview("twice", -1);
    const later = await preview("twice", day);
    const { operation } = await database.db
      .transaction()
      .execute((transaction) =>
        createPipeline(transaction, { tenant: "acme", name: "taken" }, parsed()),
      );
    assert.equal(await cleanUp(), 0);
    for (const id of [never, taken, twice]) {
      assert.equal(await stateOf(id), "removed");
      assert.deepEqual(await removals(id), []);
    }
    assert.equal(await stateOf(operation.pipeline_id), "active");
    assert.equal(await stateOf(later), "proposed", "it may still be applied");
  });

  it("is tried again after a while when its stack could not be removed, and not before", async () => {
    const id = await preview("stubborn", -1);
    assert.equal(await cleanUp(), 1);
    const [removal] = await removals(id);
    await settle(removal?.id ?? "");
    assert.equal(await cleanUp(), 0);
    await database.db
      .updateTable("operations")
      .set({ settled_at: new Date(Date.now() - 2 * 3_600_000) })
      .where("id", "=", removal?.id ?? "")
      .execute();
    assert.equal(await cleanUp(), 1);
  });

  it("takes no name, no quota and no place in a list, not even as a tombstone", async () => {
    const key = { tenant: "small", name: "free" };
    const one = { ...limitsOf(undefined), pipelines: 1 };
    await writeQuotas(database.db, "small", one, "an operator");
    const order = { spec: parsed(), commit: undefined, by: { id: "u", name: "u" }, lifetimeMs: -1 };
    const run = database.db.transaction();
    const { operation } = await run.execute((transaction) => makePreview(transaction, key, order));
    await settle(operation.id);
    await cleanUp();
    assert.equal(await findPipeline(database.db, key), undefined);
    assert.equal((await usageOf(database.db, "small")).pipelines, 0);
    const page = { tenant: "small", limit: 10, after: undefined, removed: true, status: undefined };
    assert.deepEqual(await listPipelines(database.db, page), []);
    await database.db
      .transaction()
      .execute((transaction) => createPipeline(transaction, key, parsed()));
    assert.equal((await listPipelines(database.db, page)).length, 1);
  });
});

describe("the stack of an expired preview, on the real engine", () => {
  let home: Home;
  let service: Service;
  const fileOf = (stack: string) =>
    join(home.folder, "state", ".pulumi", "stacks", "causeway", `${stack}.json`);
  before(async () => {
    home = await makeHome({
      CAUSEWAY_PREVIEW_DAYS: String(2_000 / day),
      CAUSEWAY_DRIFT_HOURS: String(1_000 / 3_600_000),
    });
    service = await start(home);
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  it("goes, the preview is told expired, and the name is free", async () => {
    const sent = request(service.url)
      .post("/v1/tenants/acme/pipelines?validateOnly=true")
      .send({ name: "soon", spec: spec() });
    const { id } = await bodyOf<OperationBody>(sent, 202);
    await until(service.url, id);
    const path = id.replace(/^op_/, "/v1/previews/pv_");
    const made = await bodyOf<Preview>(request(service.url).get(path));
    assert.ok(["ready", "expired"].includes(made.state), made.state);
    await untilTrue("its stack is gone", () =>
      Promise.resolve(existsSync(fileOf("acme.soon")) ? undefined : true),
    );
    const left = await bodyOf<Preview>(request(service.url).get(path));
    assert.equal(left.state, "expired");
    const list = request(service.url).get("/v1/operations?action=delete");
    const { items } = await bodyOf<{ items: { id: string }[] }>(list);
    assert.equal((await until(service.url, items[0]?.id ?? "")).metadata.state, "succeeded");
    await request(service.url).post(`${path}/apply`).send({}).expect(409);
    const created = await until(service.url, (await post(service.url, "soon", "in/")).id);
    assert.equal(created.metadata.state, "succeeded");
  });

  it("stays when it holds something after all: whoever built it meanwhile loses nothing", async () => {
    const built = await until(service.url, (await post(service.url, "kept", "in/")).id);
    assert.equal(built.metadata.state, "succeeded");
    const operation = { id: "op_x", stack: "acme.kept", action: "delete", generation: 1 } as const;
    const pipeline = {
      tenant: "acme",
      name: "kept",
      created_at: new Date(),
      state: "proposed",
    } as const;
    // The service sweeps work folders of operations that it does not know.
    const settings = { ...readSettings(home.env, "here"), home: join(home.folder, "beside") };
    const asked = requestFor(operation, pipeline, parsed(), settings);
    assert.equal(asked.onlyEmpty, true);
    const ended = await spawnOperation(asked, { onEvent: () => undefined, env: home.env });
    assert.equal(ended.outcome, "failed");
    assert.match(ended.failure?.message ?? "", /still has resources/);
    assert.ok(existsSync(fileOf("acme.kept")));
  });
});
