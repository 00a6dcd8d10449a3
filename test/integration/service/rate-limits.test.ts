import assert from "node:assert/strict";
import request from "supertest";
import type { Service } from "../../../service/service.ts";
import { postgresOrSkip, type PostgresServer } from "../../support/postgres.ts";
import { fakeEngine } from "./fake-engine.ts";
import { makeHome, spec, start, type Home, type ProblemBody } from "./harness.ts";

const token = "a-token-of-an-operator";
const settings = {
  CAUSEWAY_TOKEN: token,
  CAUSEWAY_REQUESTS_PER_MINUTE: "12",
  CAUSEWAY_CHANGES_PER_MINUTE: "2",
};
const ask = (service: Service) =>
  request(service.url).get("/v1/operations").set("authorization", `Bearer ${token}`);

describe("a rate limit", () => {
  let home: Home;
  let service: Service;
  before(async () => {
    home = await makeHome(settings);
    service = await start(home, { runEngine: fakeEngine().run });
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  it("is told with each answer, and bounds the changes in one tenant, whoever makes them", async () => {
    const create = (tenant: string, name: string) =>
      request(service.url)
        .post(`/v1/tenants/${tenant}/pipelines`)
        .set("authorization", `Bearer ${token}`)
        .send({ name, spec: spec("in/") });
    const first = await create("acme", "one").expect(202);
    assert.match(
      first.headers["ratelimit-policy"] ?? "",
      /^"caller";q=12;w=60, "tenant-changes";q=2;w=60$/,
    );
    assert.match(
      first.headers.ratelimit ?? "",
      /^"caller";r=11;t=\d+, "tenant-changes";r=1;t=\d+$/,
    );
    await create("acme", "two").expect(202);
    const third = await create("acme", "three").expect(429);
    const problem = third.body as ProblemBody;
    assert.match(problem.type, /rate-limited$/);
    assert.match(problem.detail, /At most 2 changes in tenant acme in 60 seconds/);
    const seconds = Number(third.headers["retry-after"]);
    assert.ok(seconds > 0 && seconds <= 60);
    await create("other", "one").expect(202);
    await request(service.url)
      .get("/v1/tenants/acme/pipelines/three")
      .set("authorization", `Bearer ${token}`)
      .expect(404);
  });

  it("bounds the requests of one caller, and leaves health alone", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 13; i += 1) statuses.push((await ask(service)).status);
    assert.equal(statuses.at(-1), 429);
    await request(service.url).get("/healthz").expect(200);
    await request(service.url).get("/v1/operations").expect(401);
  });
});

describe("a rate limit of two services on one Postgres", () => {
  let server: PostgresServer | undefined;
  const homes: Home[] = [];
  const services: Service[] = [];
  before(async function () {
    server = await postgresOrSkip(this);
    for (const warm of ["0", "0"]) {
      const more = { DATABASE_URL: server.url, CAUSEWAY_WARM_CHILDREN: warm };
      const home = await makeHome({ ...settings, ...more });
      homes.push(home);
      services.push(await start(home, { runEngine: fakeEngine().run }));
    }
  });
  after(async () => {
    for (const service of services) await service.stop();
    await server?.stop();
    for (const home of homes) await home.remove();
  });

  it("is one budget", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 14; i += 1) {
      const service = services[i % 2];
      assert.ok(service !== undefined);
      statuses.push((await ask(service)).status);
    }
    assert.deepEqual(statuses, [...Array.from({ length: 12 }, () => 200), 429, 429]);
  });
});
