import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import request from "supertest";
import type { Service } from "../../../service/service.ts";
import { readMetrics, valueOf } from "../../support/prometheus.ts";
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
} from "./harness.ts";

describe("metrics", () => {
  let home: Home;
  let service: Service;
  const engine = fakeEngine();
  const scrape = async () => {
    const answer = await request(service.url).get("/metrics").expect(200);
    assert.match(answer.headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/);
    return { text: answer.text, families: readMetrics(answer.text) };
  };
  before(async () => {
    home = await makeHome();
    service = await start(home, { runEngine: engine.run });
  });
  after(async () => {
    engine.release();
    await service.stop();
    await home.remove();
  });

  it("tell operations by action and state, the queue, leases and failures, and name no tenant", async () => {
    const good = await post(service.url, "good", "in/", "zanzibar");
    const bad = await post(service.url, "bad", "fail/", "zanzibar");
    await until(service.url, good.id);
    await until(service.url, bad.id);
    const held = await post(service.url, "held", "hold/", "zanzibar");
    await until(service.url, held.id, "running");
    while (!engine.asked.includes("up zanzibar.held")) await delay(5);
    await request(service.url).post("/v1/tenants/zanzibar/pipelines/held/previews").expect(202);
    const { text, families } = await scrape();
    const settled = (state: string) =>
      valueOf(families, "causeway_operations_settled_total", { action: "create", state });
    assert.equal(settled("succeeded"), 1);
    assert.equal(settled("failed"), 1);
    assert.equal(
      valueOf(families, "causeway_operation_failures_total", { code: "resource-failed" }),
      1,
    );
    assert.equal(valueOf(families, "causeway_leases_held", { action: "create" }), 1);
    assert.equal(valueOf(families, "causeway_leases_expired"), 0);
    assert.equal(
      valueOf(families, "causeway_operation_wait_seconds_count", { action: "create" }),
      3,
    );
    assert.equal(valueOf(families, "causeway_operations_queued", { action: "preview" }), 1);
    assert.ok(
      (valueOf(families, "causeway_queue_oldest_seconds", { action: "preview" }) ?? -1) >= 0,
    );
    assert.equal(valueOf(families, "causeway_runs_open"), 0);
    assert.doesNotMatch(text, /zanzibar/);
  });

  it("count what is cancelled or superseded before it begins, once, as settled", async () => {
    const path = "/v1/tenants/acme/pipelines/busy";
    const count = async (action: string, code: string) => {
      const { families } = await scrape();
      const settled = { action, state: "cancelled" };
      return [
        valueOf(families, "causeway_operations_settled_total", settled) ?? 0,
        valueOf(families, "causeway_operation_failures_total", { action, code }) ?? 0,
      ];
    };
    const first = await post(service.url, "busy", "hold/");
    await until(service.url, first.id, "running");
    const put = async (prefix: string) => {
      const sent = request(service.url)
        .put(path)
        .send({ spec: spec(prefix) });
      return (await bodyOf<OperationBody>(sent, 202)).id;
    };
    await put("a/");
    await put("b/");
    const last = await put("c/");
    assert.deepEqual(await count("update", "superseded"), [2, 2]);

    const cancel = () => request(service.url).post(`/v1/operations/${last}/cancel`);
    await cancel().expect(200);
    await cancel().expect(200);
    assert.deepEqual(await count("update", "cancelled"), [3, 1]);

    await request(service.url).post(`${path}/previews`).expect(202);
    await put("d/");
    const before = await count("preview", "cancelled");
    await request(service.url).delete(path).expect(202);
    await request(service.url).delete(path).expect(202);
    assert.deepEqual(
      await count("preview", "cancelled"),
      before.map((one) => one + 1),
    );
    assert.deepEqual(await count("update", "cancelled"), [4, 2]);
    // A change that is refused after all counts nothing.
    await request(service.url)
      .put(path)
      .send({ spec: spec("e/") })
      .expect(409);
    assert.deepEqual(await count("update", "superseded"), [4, 2]);
  });

  it("tell requests by the template of their route, so that names make no new series", async () => {
    await request(service.url).get("/v1/tenants/acme/pipelines/one").expect(404);
    await request(service.url).get("/v1/tenants/acme/pipelines/two").expect(404);
    await request(service.url).get("/nowhere/at/all").expect(404);
    const { text, families } = await scrape();
    const route = "/v1/tenants/{tenant}/pipelines/{name}";
    const labels = { method: "GET", route, status: "404" };
    assert.equal(valueOf(families, "causeway_http_requests_total", labels), 2);
    assert.equal(
      valueOf(families, "causeway_http_requests_total", { route: "none", status: "404" }),
      1,
    );
    assert.doesNotMatch(text, /nowhere|pipelines\/one/);
  });

  it("tell of the process: memory, event loop, version", async () => {
    const { families } = await scrape();
    assert.ok((valueOf(families, "process_resident_memory_bytes") ?? 0) > 0);
    assert.ok(families.has("nodejs_eventloop_lag_seconds"));
    assert.equal(valueOf(families, "causeway_build_info"), 1);
  });
});

describe("metrics at an address of their own", () => {
  it("are told without a token, and nothing else is", async () => {
    const home = await makeHome({
      CAUSEWAY_METRICS_PORT: "0",
      CAUSEWAY_TOKEN: "a-token-of-an-operator",
    });
    const service = await start(home, { runEngine: fakeEngine().run });
    try {
      await request(service.url).get("/metrics").expect(401);
      const own = service.metricsUrl ?? "";
      const answer = await request(own).get("/metrics").expect(200);
      readMetrics(answer.text);
      await request(own).get("/v1/operations").expect(404);
      await request(own).post("/metrics").expect(404);
    } finally {
      await service.stop();
      await home.remove();
    }
  });
});
