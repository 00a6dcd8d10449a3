import assert from "node:assert/strict";
import request from "supertest";
import type { Service } from "../../../service/service.ts";
import { fakeEngine } from "./fake-engine.ts";
import { bodyOf, makeHome, start, type Home } from "./harness.ts";

const pipelines = "/v1/tenants/acme/pipelines";

describe("a service with a token", () => {
  const token = "a-token-of-some-length";
  let home: Home;
  let service: Service;
  const api = () => request(service.url);
  before(async () => {
    home = await makeHome({ CAUSEWAY_TOKEN: token, CAUSEWAY_TRUSTED_PROXIES: "127.0.0.1" });
    service = await start(home, { runEngine: fakeEngine().run });
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  it("answers only those who carry it, whatever else they ask for", async () => {
    const without = await api().get(pipelines).expect(401);
    assert.match(without.headers["www-authenticate"] ?? "", /^Bearer/);
    for (const wrong of [
      "Bearer a-token-of-some-lengtH",
      "Bearer",
      `Basic ${token}`,
      `Bearer ${token}x`,
    ]) {
      await api().get(pipelines).set("authorization", wrong).expect(401);
    }
    await api().get("/v1/nowhere").expect(401);
    await api().get(pipelines).set("authorization", `Bearer ${token}`).expect(200);
  });

  it("notes where a request came from, by the word of a proxy that is trusted", async () => {
    const authorization = `Bearer ${token}`;
    const quotas = api().put("/v1/tenants/acme/quotas").set("authorization", authorization);
    await quotas.set("x-forwarded-for", "192.0.2.7").send({}).expect(200);
    const { items } = await bodyOf<{ items: { from: string }[] }>(
      api().get("/v1/audit").set("authorization", authorization),
    );
    assert.equal(items[0]?.from, "192.0.2.7");
  });

  it("describes itself by OpenAPI 3.1, every endpoint and every problem of it", async () => {
    const document = await bodyOf<{
      openapi: string;
      components: { schemas: Record<string, unknown> };
      paths: Record<string, Record<string, { operationId: string; responses: object }>>;
    }>(api().get("/openapi.json"));
    assert.equal(document.openapi, "3.1.0");
    const create = document.paths["/v1/tenants/{tenant}/pipelines"]?.post;
    assert.deepEqual(Object.keys(create?.responses ?? {}).sort(), [
      "200",
      "202",
      "400",
      "401",
      "403",
      "404",
      "405",
      "409",
      "413",
      "415",
      "421",
      "422",
      "429",
      "500",
      "503",
    ]);
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    assert.equal(new Set(ids).size, ids.length);
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    const { schemas } = document.components;
    for (const [, name = ""] of references) assert.ok(schemas[name], `${name} is described`);
  });

  it("says that it lives even when it is not ready, and why it is not", async () => {
    await api().get("/healthz").expect(200, { status: "alive" });
    const { checks } = await bodyOf<{
      checks: Record<string, { ok: boolean; detail: string | null }>;
    }>(api().get("/readyz"), 503);
    assert.equal(checks.database?.ok, true);
    assert.match(checks.foundation?.detail ?? "", /foundation-local/);
  });

  it("tells anyone that it lives and how it is spoken to", async () => {
    await request(service.url).get("/healthz").expect(200);
    await request(service.url).get("/openapi.json").expect(200);
  });
});
