import assert from "node:assert/strict";
import request from "supertest";
import type { Service } from "../../../service/service.ts";
import { startReceiver, type ReceivedSpan } from "../../support/otlp.ts";
import {
  makeHome,
  spec,
  start,
  until,
  type Home,
  type OperationBody,
  type ProblemBody,
} from "./harness.ts";

describe("a trace", () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
  let home: Home;
  let service: Service;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  before(async () => {
    receiver = await startReceiver();
    // The exporter reads the process's own environment.
    home = await makeHome({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    service = await start(home);
  });
  after(async () => {
    receiver.stop();
    await home.remove();
  });

  it("goes from the request over the queue and the child to each resource, and problems name it", async () => {
    const answer = await request(service.url)
      .post("/v1/tenants/acme/pipelines")
      .set("traceparent", traceparent)
      .send({ name: "traced", spec: spec("in/") })
      .expect(202);
    const { id } = answer.body as OperationBody;
    const operation = await until(service.url, id);
    assert.equal(operation.metadata.state, "succeeded", JSON.stringify(operation.error));
    const missing = await request(service.url)
      .get("/v1/tenants/acme/pipelines/nowhere")
      .set("traceparent", traceparent)
      .expect(404);
    assert.equal((missing.body as ProblemBody & { trace: string }).trace, traceId);
    await service.stop();

    const mine = receiver.spans.filter((span) => span.traceId === traceId);
    const named = (name: RegExp): ReceivedSpan => {
      const found = mine.find((span) => name.test(span.name));
      assert.ok(
        found !== undefined,
        `${String(name)} is not among ${mine.map((s) => s.name).join(", ")}`,
      );
      return found;
    };
    const posted = named(/^POST \/v1\/tenants\/\{tenant\}\/pipelines$/);
    assert.equal(posted.parentSpanId, "b7ad6b7169203331");
    const attempt = named(/^operation create$/);
    const child = named(/^operation child$/);
    const engine = named(/^engine up$/);
    const resource = named(/^create /);
    assert.equal(named(/^operation queued$/).parentSpanId, posted.spanId);
    assert.equal(attempt.parentSpanId, posted.spanId);
    assert.equal(child.parentSpanId, attempt.spanId);
    assert.equal(engine.parentSpanId, child.spanId);
    assert.equal(resource.parentSpanId, engine.spanId);
    assert.ok(child.attributes.some(({ key }) => key === "process.pid"));
    assert.ok(
      attempt.attributes.some(
        ({ key, value }) => key === "causeway.operation.id" && value.stringValue === id,
      ),
    );
    for (const span of mine) {
      assert.ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano), span.name);
    }
    const text = JSON.stringify(receiver.spans);
    assert.doesNotMatch(text, /not-a-real-secret|a-passphrase-for-tests/);
  });
});
