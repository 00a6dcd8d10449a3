import assert from "node:assert/strict";
import request from "supertest";
import { sortableId } from "../../../service/db/ids.ts";
import { openDatabase, type OpenDatabase } from "../../../service/db/database.ts";
import { Metrics } from "../../../service/telemetry/metrics.ts";
import { readMetrics, valueOf } from "../../support/prometheus.ts";
import { Expiries } from "../../../service/governance/expiry.ts";
import { parseSpec } from "../../../infra/spec/index.ts";
import { createPipeline } from "../../../service/pipelines/change.ts";
import { noTotals } from "../../../runtime/ledger/books.ts";
import type { Service } from "../../../service/service.ts";
import { pino } from "pino";
import { join } from "node:path";
import { FakeClouds } from "./fake-clouds.ts";
import { fakeEngine } from "./fake-engine.ts";
import {
  bodyOf,
  makeHome,
  post,
  spec,
  start,
  until,
  type Home,
  type OperationBody,
  type ProblemBody,
} from "./harness.ts";

interface QuotasBody {
  limits: Record<string, number | null>;
  usage: { pipelines: number; operationsRunning: number; bytesToday: number };
}
interface PipelineBody {
  name: string;
  expiresAt: string | null;
  status: { notices: string[] };
}
interface AuditBody {
  items: { action: string; target: string; principal: { id: string }; detail: string }[];
}

const hour = 3_600_000;
const silent = pino({ level: "silent" });
const nothing = (): void => undefined;

describe("a tenant's quotas", () => {
  const engine = fakeEngine();
  let home: Home;
  let service: Service;
  before(async () => {
    home = await makeHome({ CAUSEWAY_OPERATIONS: "4" });
    service = await start(home, { runEngine: engine.run, sources: new FakeClouds() });
  });
  after(async () => {
    engine.release();
    await service.stop();
    await home.remove();
  });

  const set = (tenant: string, limits: object) =>
    request(service.url).put(`/v1/tenants/${tenant}/quotas`).send(limits);
  const read = (tenant: string) =>
    bodyOf<QuotasBody>(request(service.url).get(`/v1/tenants/${tenant}/quotas`));
  const make = (tenant: string, name: string) =>
    request(service.url).post(`/v1/tenants/${tenant}/pipelines`).send({ name, spec: spec() });

  it("are without limits until an operator sets some, and change one after the other", async () => {
    const free = await read("free");
    assert.deepEqual(Object.values(free.limits), [null, null, null, null]);
    const { headers } = await set("free", { pipelines: 3 }).set("if-match", '"0"').expect(200);
    assert.match(headers.etag ?? "", /^"1-\w+"$/);
    await set("free", { pipelines: 9 }).set("if-match", '"0"').expect(412);
    assert.equal((await read("free")).limits.pipelines, 3);
    await set("free", { pipelines: -1 }).expect(400);
    await set("free", { pipeline: 1 }).expect(400);
  });

  it("hold back a pipeline too many, also of many at once, and say what to do", async () => {
    await set("small", { pipelines: 2 }).expect(200);
    const made = await Promise.all(["pa", "pb", "pc", "pd"].map((name) => make("small", name)));
    assert.deepEqual(made.map(({ status }) => status).sort(), [202, 202, 429, 429]);
    const refused = made.find(({ status }) => status === 429)?.body as ProblemBody;
    assert.match(refused.type, /quota-exceeded$/);
    assert.match(refused.detail, /may have 2 pipelines .*Ask an operator/);
    assert.equal((await read("small")).usage.pipelines, 2);
    // What is there may be asked for again, and gone makes room.
    const there = made.findIndex(({ status }) => status === 202);
    const name = `p${"abcd".charAt(there)}`;
    assert.ok([200, 202].includes((await make("small", name)).status));
    const gone = request(service.url).delete(`/v1/tenants/small/pipelines/${name}`);
    await until(service.url, (await bodyOf<OperationBody>(gone, 202)).id);
    await make("small", "pe").expect(202);
  });

  it("let no more operations run at once than they say, and others pass by", async () => {
    await set("slow", { operationsAtOnce: 1 }).expect(200);
    const first = await post(service.url, "one", "hold/", "slow");
    await until(service.url, first.id, "running");
    const second = await post(service.url, "two", "hold/", "slow");
    const other = await post(service.url, "three", "in/", "quick");
    assert.equal((await until(service.url, other.id)).metadata.state, "succeeded");
    const waiting = await bodyOf<OperationBody>(
      request(service.url).get(`/v1/operations/${second.id}`),
    );
    assert.equal(waiting.metadata.state, "queued");
    assert.equal((await read("slow")).usage.operationsRunning, 1);
    engine.release();
    await until(service.url, first.id);
    await until(service.url, second.id, "running");
    engine.release();
    await until(service.url, second.id);
  });

  it("write down who set them", async () => {
    const { items } = await bodyOf<AuditBody>(
      request(service.url).get("/v1/tenants/slow/audit?action=quota.set"),
    );
    assert.equal(items[0]?.principal.id, "local");
    assert.match(items[0].detail, /"operationsAtOnce":1/);
  });
});

describe("a day's bytes", () => {
  let home: Home;
  let service: Service;
  before(async () => {
    home = await makeHome();
    const database = await openDatabase({
      url: undefined,
      folder: join(home.folder, "service", "db"),
    });
    // As the runs' tracker would have left it.
    const parsed = parseSpec(spec());
    assert.ok(parsed.ok);
    const { pipeline } = await database.db
      .transaction()
      .execute((transaction) =>
        createPipeline(transaction, { tenant: "acme", name: "busy" }, parsed.spec),
      );
    const totals = { ...noTotals(), copied: { objects: 3, bytes: 5_000 } };
    for (const [state, openedAt] of [
      ["complete", new Date()],
      ["incomplete", new Date(Date.now() - 48 * hour)],
    ] as const) {
      await database.db
        .insertInto("runs")
        .values({
          id: sortableId("run", openedAt),
          ...{ pipeline_id: pipeline.id, tenant: "acme", pipeline: "busy", state },
          ...{ opened_at: openedAt, closed_at: new Date(), waiting: 0 },
          totals: JSON.stringify(totals),
          failures: "[]",
          problems: "[]",
        })
        .execute();
    }
    await database.close();
    service = await start(home, { runEngine: fakeEngine().run, sources: new FakeClouds() });
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  it("that are used up hold back builds and scans until midnight, and every answer says so", async () => {
    const base = "/v1/tenants/acme";
    const put = (bytesPerDay: number) =>
      request(service.url).put(`${base}/quotas`).send({ bytesPerDay }).expect(200);
    await put(5_001);
    assert.equal(
      (await bodyOf<QuotasBody>(request(service.url).get(`${base}/quotas`))).usage.bytesToday,
      5_000,
    );
    await request(service.url).post(`${base}/pipelines/busy/updates`).send({}).expect(202);
    await put(5_000);
    for (const sent of [
      request(service.url).post(`${base}/pipelines/busy/updates`).send({}),
      request(service.url).post(`${base}/pipelines`).send({ name: "new", spec: spec() }),
    ]) {
      const { headers, body } = (await sent.expect(429)) as {
        headers: Record<string, string>;
        body: ProblemBody;
      };
      assert.match(body.detail, /5000 bytes a day .* has copied 5000 today/);
      assert.ok(Number(headers["retry-after"]) <= 86_400);
    }
    const { status } = await bodyOf<PipelineBody>(
      request(service.url).get(`${base}/pipelines/busy`),
    );
    assert.match(status.notices.join(), /bytesPerDay/);
  });
});

describe("a pipeline with a ttl", () => {
  let home: Home;
  let service: Service;
  before(async () => {
    home = await makeHome();
    service = await start(home, { runEngine: fakeEngine().run, sources: new FakeClouds() });
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  it("shows its end, which a PUT moves or takes away", async () => {
    const path = "/v1/tenants/acme/pipelines";
    const one = `${path}/short`;
    const body = { name: "short", spec: spec(), ttl: "30d" };
    await request(service.url).post(path).send(body).expect(202);
    const left = async () => {
      const { expiresAt } = await bodyOf<PipelineBody>(request(service.url).get(one));
      return expiresAt === null ? null : Math.round((Date.parse(expiresAt) - Date.now()) / hour);
    };
    assert.equal(await left(), 720);
    await request(service.url)
      .post(path)
      .send({ ...body, ttl: "1d" })
      .expect(409);
    await request(service.url).put(one).send({ spec: spec(), ttl: "12h" });
    assert.equal(await left(), 12);
    await request(service.url)
      .put(one)
      .send({ spec: spec("other/") });
    assert.equal(await left(), 12);
    await request(service.url)
      .put(one)
      .send({ spec: spec("other/"), ttl: null });
    assert.equal(await left(), null);
    for (const ttl of ["0d", "367d", "1w", "-1h", 5, "30 d"]) {
      await request(service.url)
        .post(path)
        .send({ ...body, name: "other", ttl })
        .expect(400);
    }
  });
});

describe("the end of a pipeline's life", () => {
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

  it("is warned of once and then comes once, whoever looks", async () => {
    const { db } = database;
    const parsed = parseSpec(spec());
    assert.ok(parsed.ok);
    const made = (name: string, ttl: number | null) =>
      db
        .transaction()
        .execute((transaction) =>
          createPipeline(transaction, { tenant: "acme", name }, parsed.spec, ttl),
        );
    await made("month", 30 * 86_400);
    await made("hours", 10 * 3600);
    await made("ever", null);
    const metrics = new Metrics("test");
    const services = [1, 2].map(() => new Expiries(db, silent, metrics, nothing));
    const look = async (afterHours: number) => {
      const now = new Date(Date.now() + afterHours * hour);
      const found = await Promise.all(services.map((one) => one.look(now)));
      return [
        found.reduce((sum, { warned }) => sum + warned, 0),
        found.reduce((sum, { deleted }) => sum + deleted, 0),
      ];
    };
    assert.deepEqual(await look(8.9), [0, 0]);
    assert.deepEqual(await look(9.1), [1, 0]);
    assert.deepEqual(await look(9.2), [0, 0]);
    assert.deepEqual(await look(10.1), [0, 1]);
    assert.deepEqual(await look(10.2), [0, 0]);
    assert.deepEqual(await look(29 * 24 - 1), [0, 0]);
    assert.deepEqual(await look(30 * 24 + 1), [1, 1]);
    const operations = await db
      .selectFrom("operations")
      .select(["pipeline", "action"])
      .where("action", "=", "delete")
      .orderBy("seq")
      .execute();
    assert.deepEqual(
      operations.map(({ pipeline }) => pipeline),
      ["hours", "month"],
    );
    // Both were still to be created.
    const settled = readMetrics(await metrics.exposition());
    const cancelled = { action: "create", state: "cancelled" };
    assert.equal(valueOf(settled, "causeway_operations_settled_total", cancelled), 2);
    const log = await db.selectFrom("audit_log").select(["action", "principal"]).execute();
    assert.deepEqual(
      log.map(({ action, principal }) => `${principal} ${action}`),
      [
        "service pipeline.expiring",
        "service pipeline.delete",
        "service pipeline.expiring",
        "service pipeline.delete",
      ],
    );
  });
});
