import assert from "node:assert/strict";
import request from "supertest";
import { endpoints } from "../../../service/routes/index.ts";
import type { Service } from "../../../service/service.ts";
import { fakeEngine } from "./fake-engine.ts";
import { FakeClouds } from "./fake-clouds.ts";
import {
  bodyOf,
  makeHome,
  post,
  spec,
  start,
  until,
  type Home,
  type ProblemBody,
} from "./harness.ts";

interface Made {
  id: string;
  token: string;
}

describe("a request with an Idempotency-Key", () => {
  let home: Home;
  let service: Service;
  const clouds = new FakeClouds();
  const send = (path: string, key: string, body: object = {}) =>
    request(service.url).post(path).set("idempotency-key", key).send(body);
  const pipelines = "/v1/tenants/acme/pipelines";
  before(async () => {
    home = await makeHome();
    const places = { queueUrl: "q", ledgerBucket: "q", ledgerPrefix: clouds.of("q").prefix };
    const { run } = fakeEngine();
    service = await start(home, {
      sources: clouds,
      runEngine: async (asked, options) => ({
        ...(await run(asked, options)),
        outputs: { values: { ...places, logGroup: "q" }, secretNames: [] },
      }),
    });
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  it("is done once, however many come at the same time", async () => {
    const body = { name: "at-once", spec: spec("in/") };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => send(pipelines, "burst", body)),
    );
    assert.ok(answers.every(({ status }) => status === 202 || status === 200));
    const ids = new Set(answers.map(({ body: made }) => (made as Made).id));
    assert.equal(ids.size, 1);
    const other = await bodyOf<ProblemBody>(
      send(pipelines, "burst", { ...body, name: "another" }),
      422,
    );
    assert.match(other.type, /key-reused$/);
  });

  it("asks the workers for one scan", async () => {
    await until(service.url, (await post(service.url, "scanned", "in/")).id);
    const scans = `${pipelines}/scanned/scans`;
    const first = await bodyOf<Made>(send(scans, "scan-1"), 202);
    const again = await bodyOf<Made>(send(scans, "scan-1"), 202);
    assert.equal(again.id, first.id);
    assert.equal(clouds.of("q").asked.length, 1);
    const second = await bodyOf<Made>(send(scans, "scan-2"), 202);
    assert.notEqual(second.id, first.id);
    await bodyOf(send(`${pipelines}/scanned/updates`, "scan-2"), 422);
  });

  it("begins one blast radius, also while the first is being answered", async () => {
    await until(service.url, (await post(service.url, "looked-at", "in/")).id);
    const blast = (body: object) => send("/v1/blast-radius", "blast-1", body);
    const answers = await Promise.all([blast({}), blast({}), blast({})]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 202],
    );
    const ids = answers.map(({ body }) => (body as Made).id);
    assert.equal(new Set(ids).size, 1, String(ids));
    const list = request(service.url).get("/v1/audit?action=blast-radius.create");
    assert.equal((await bodyOf<{ items: unknown[] }>(list)).items.length, 1);
    const other = await bodyOf<ProblemBody>(blast({ sample: 1 }), 422);
    assert.match(other.type, /key-reused$/);
  });

  it("is taken by every POST that makes something", () => {
    const made = endpoints.filter(
      ({ method, answers }) => method === "post" && (201 in answers || 202 in answers),
    );
    assert.ok(made.length >= 8);
    for (const { path, headers, problems } of made) {
      // Cancelled twice is cancelled.
      if (path === "/v1/operations/{operation}/cancel") continue;
      assert.ok(headers?.["Idempotency-Key"] !== undefined, path);
      assert.ok(problems.includes("key-reused"), path);
    }
  });

  it("makes one token: whoever did not get the first answer gets a secret that is good, the first is void", async () => {
    const tokens = "/v1/tenants/acme/tokens";
    const body = { name: "ci", role: "reader" };
    const first = await bodyOf<Made>(send(tokens, "token-1", body), 201);
    const again = await bodyOf<Made>(send(tokens, "token-1", body), 201);
    assert.equal(again.id, first.id);
    assert.notEqual(again.token, first.token);
    const use = (token: string) =>
      request(service.url).get(pipelines).set("authorization", `Bearer ${token}`);
    await use(first.token).expect(401);
    await use(again.token).expect(200);
  });
});
