import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import request from "supertest";
import { pino } from "pino";
import { parseSpec } from "../../../infra/spec/index.ts";
import { openDatabase, type OpenDatabase } from "../../../service/db/database.ts";
import { Creations, type Creation } from "../../../service/pipelines/creations.ts";
import { createPipeline } from "../../../service/pipelines/change.ts";
import type { Service } from "../../../service/service.ts";
import { postgresOrSkip, type PostgresServer } from "../../support/postgres.ts";
import { FakeClouds } from "./fake-clouds.ts";
import { fakeEngine } from "./fake-engine.ts";
import {
  bodyOf,
  makeHome,
  spec,
  start,
  type Home,
  type OperationBody,
  type ProblemBody,
} from "./harness.ts";

interface Listed {
  items: { name: string; generation: number }[];
}

/** What a burst of creations must come to, whichever of them were made together. */
function makesAll(databaseUrl: () => string | undefined): void {
  const engine = fakeEngine();
  let home: Home;
  let service: Service;
  before(async () => {
    const url = databaseUrl();
    home = await makeHome(url === undefined ? {} : { DATABASE_URL: url });
    service = await start(home, { runEngine: engine.run, sources: new FakeClouds() });
  });
  after(async () => {
    engine.release();
    await service.stop();
    await home.remove();
  });

  const send = (tenant: string, name: string, prefix = "in/", key?: string) =>
    request(service.url)
      .post(`/v1/tenants/${tenant}/pipelines`)
      .set(key === undefined ? {} : { "idempotency-key": key })
      .send({ name, spec: spec(prefix) });
  const statusesOf = (answers: { status: number }[]) => answers.map(({ status }) => status).sort();

  it("makes forty at once, each once, with an operation, a generation and an entry in the audit log", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `p${index}`);
    const answers = await Promise.all(names.map((name) => send("many", name)));
    assert.deepEqual([...new Set(statusesOf(answers))], [202]);
    const made = answers.map(({ body }) => body as OperationBody);
    assert.equal(new Set(made.map(({ id }) => id)).size, 40);
    for (const { metadata } of made) {
      assert.deepEqual([metadata.action, metadata.generation], ["create", 1]);
    }
    const { items } = await bodyOf<Listed>(
      request(service.url).get("/v1/tenants/many/pipelines?limit=100"),
    );
    assert.deepEqual(items.map(({ name }) => name).sort(), [...names].sort());
    const audit = await bodyOf<{ items: { target: string; detail: string }[] }>(
      request(service.url).get("/v1/tenants/many/audit?limit=100"),
    );
    assert.deepEqual(
      audit.items.map(({ target, detail }) => `${target} ${detail}`).sort(),
      made.map(({ id }, index) => `pipelines/p${index} ${id}, generation 1`).sort(),
    );
    const chain = await bodyOf<{ ok: boolean }>(request(service.url).get("/v1/audit/verification"));
    assert.equal(chain.ok, true);
  });

  it("makes one of twenty with one name, and answers all with its operation, or that it has another spec", async () => {
    const same = await Promise.all(Array.from({ length: 20 }, () => send("one", "same", "hold/")));
    assert.equal(new Set(same.map(({ body }) => (body as OperationBody).id)).size, 1);
    const other = await Promise.all(
      Array.from({ length: 6 }, (_, index) => send("one", "other", `at-${index}/`)),
    );
    assert.deepEqual(statusesOf(other), [202, 409, 409, 409, 409, 409]);
  });

  it("does what a key stands for once, and nothing for the key with another request", async () => {
    const same = await Promise.all(
      Array.from({ length: 10 }, () => send("key", "keyed", "hold/", "key-1")),
    );
    assert.equal(new Set(same.map(({ body }) => (body as OperationBody).id)).size, 1);
    const mixed = await Promise.all([
      ...Array.from({ length: 5 }, (_, index) => send("key", `mixed-${index}`, "in/", "key-2")),
      send("key", "late", "in/", "key-1"),
    ]);
    assert.deepEqual(statusesOf(mixed), [202, 422, 422, 422, 422, 422]);
    const { items } = await bodyOf<Listed>(request(service.url).get("/v1/tenants/key/pipelines"));
    assert.equal(items.length, 2);
    const odd = await bodyOf<ProblemBody>(send("key", "odd", "in/", "a key with spaces"), 400);
    assert.match(odd.detail, /Idempotency-Key/);
  });

  it("keeps to a tenant's quota beside tenants that have none", async () => {
    await request(service.url).put("/v1/tenants/few/quotas").send({ pipelines: 3 }).expect(200);
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => send(index % 2 ? "few" : "free", `q${index}`)),
    );
    const of = (tenant: string) =>
      statusesOf(answers.filter((_, index) => (index % 2 ? "few" : "free") === tenant));
    assert.deepEqual(of("free"), Array(8).fill(202));
    assert.deepEqual(of("few"), [202, 202, 202, 429, 429, 429, 429, 429]);
  });
}

describe("creations that are asked for at once, in the embedded database", () => {
  makesAll(() => undefined);
});

describe("creations that are asked for at once, in a Postgres server", () => {
  let server: PostgresServer | undefined;
  before(async function () {
    server = await postgresOrSkip(this);
  });
  after(() => server?.stop());

  describe("by one service", () => makesAll(() => server?.url));

  describe("by two services", () => {
    let one: OpenDatabase;
    let other: OpenDatabase;
    before(async () => {
      const open = () => openDatabase({ url: server?.url, folder: "" });
      one = await open();
      other = await open();
    });
    after(() => Promise.all([one.close(), other.close()]));

    it("are left to be made alone, with nothing half done, where another takes one of the names meanwhile", async () => {
      const creations = new Creations(one.db, pino({ level: "silent" }));
      const asked = await other.db.transaction().execute(async (theirs) => {
        await createPipeline(theirs, { tenant: "race", name: "taken" }, specOf());
        const mine = ["a", "taken", "b"].map((name) => creations.make(creation(name)));
        // They wait for this transaction, which has a name that they want.
        await delay(300);
        return { mine };
      });
      assert.deepEqual(await Promise.all(asked.mine), [undefined, undefined, undefined]);
      const rows = await one.db
        .selectFrom("pipelines")
        .select("name")
        .where("tenant", "=", "race")
        .execute();
      assert.deepEqual(rows, [{ name: "taken" }]);
      assert.notEqual(await creations.make(creation("a")), undefined);
    });
  });

  function creation(name: string): Creation {
    const by = {
      principal: { id: "p", name: "P", kind: "local" as const },
      requestId: null,
      from: null,
    };
    return {
      ...{ tenant: "race", name, spec: specOf(), by },
      ...{ idempotency: undefined, traceparent: undefined },
    };
  }
});

function specOf() {
  const parsed = parseSpec(spec());
  assert.ok(parsed.ok);
  return parsed.spec;
}
