import assert from "node:assert/strict";
import request from "supertest";
import type { BlastRadius } from "../../../service/blast/schema.ts";
import type { OperationResult } from "../../../service/automation/request.ts";
import type { RunEngine } from "../../../service/operations/execute.ts";
import type { Service } from "../../../service/service.ts";
import { until as untilTrue } from "../../support/until.ts";
import { bodyOf, makeHome, post, start, until, type Home } from "./harness.ts";

/** An engine that answers a preview by the stack's name, and knows nothing of drift. */
function lookingEngine() {
  const asked: string[] = [];
  const run: RunEngine = (operation) => {
    asked.push(`${operation.action} ${operation.stack}`);
    const changes = { same: 3, ...countsFor(operation.stack) };
    const common = { seconds: 0.1, forced: false, outputs: null };
    const fails = operation.action === "preview" && operation.stack.endsWith("breaks");
    const failure = { code: "program-failed", message: "no", resource: null, remedy: "mend" };
    const result: OperationResult = fails
      ? { ...common, outcome: "failed", changes: null, failure }
      : {
          ...common,
          outcome: "succeeded",
          changes: operation.action === "preview" ? changes : { create: 1 },
          outputs: { values: {}, secretNames: [] },
          failure: null,
        };
    return Promise.resolve(result);
  };
  return { run, asked };
}

function countsFor(stack: string): Record<string, number> {
  if (stack.endsWith("replaces")) return { replace: 1, update: 2 };
  return stack.endsWith("updates") ? { update: 1 } : {};
}

describe("looks over all pipelines", () => {
  let home: Home;
  let service: Service;
  const engine = lookingEngine();
  const api = () => request(service.url);

  before(async () => {
    // Four times a second.
    home = await makeHome({ CAUSEWAY_DRIFT_HOURS: String(1 / 3600) });
    service = await start(home, { runEngine: engine.run });
    for (const [tenant, name] of [
      ["acme", "replaces"],
      ["acme", "same"],
      ["beta", "updates"],
      ["beta", "breaks"],
      ["gamma", "same"],
    ] as const) {
      await until(service.url, (await post(service.url, name, "in/", tenant)).id);
    }
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  it("sum up what a program does, by pipelines and by the worst of each tenant", async () => {
    let blast = await bodyOf<BlastRadius>(api().post("/v1/blast-radius").send({}), 202);
    assert.equal(blast.total, 5);
    blast = await untilTrue("all pipelines were looked at", async () => {
      const now = await bodyOf<BlastRadius>(api().get(blast.links.self));
      return now.state === "done" ? now : undefined;
    });
    const zero = { replacement: 0, failure: 0, update: 0, none: 0, pending: 0 };
    assert.deepEqual(blast.pipelines, { ...zero, replacement: 1, failure: 1, update: 1, none: 2 });
    assert.deepEqual(blast.tenants, { ...zero, replacement: 1, failure: 1, none: 1 });
    assert.deepEqual(
      blast.worst.map((item) => item.class),
      ["replacement", "failure", "update", "none", "none"],
    );
    const first = await bodyOf<{ items: { pipeline: string }[]; nextCursor: string }>(
      api().get(`${blast.links.pipelines}?limit=2`),
    );
    const second = await bodyOf<{ items: { pipeline: string }[] }>(
      api().get(`${blast.links.pipelines}?limit=500&cursor=${first.nextCursor}`),
    );
    assert.deepEqual(
      [...first.items, ...second.items].map(({ pipeline }) => pipeline),
      blast.worst.map(({ pipeline }) => pipeline),
    );
    await api().get(`${blast.links.pipelines}?class=failure`).expect(200);
  });

  it("take a sample, and refuse a program that is not there", async () => {
    const blast = await bodyOf<BlastRadius>(
      api().post("/v1/blast-radius").send({ sample: 2 }),
      202,
    );
    assert.equal(blast.total, 2);
    await api().post("/v1/blast-radius").send({ program: "missing" }).expect(400);
  });

  it("look for drift by the clock, in every pipeline", async () => {
    await untilTrue("every pipeline was looked at", () => {
      const looked = new Set(engine.asked.filter((one) => one.startsWith("refresh ")));
      return Promise.resolve(looked.size === 5 ? looked : undefined);
    });
  });
});
