import assert from "node:assert/strict";
import { bounded } from "../../../service/telemetry/bounded.ts";
import { Metrics } from "../../../service/telemetry/metrics.ts";
import { readMetrics, valueOf } from "../../support/prometheus.ts";

describe("metrics", () => {
  it("are still told when a part of them cannot be read, and say so", async () => {
    const metrics = new Metrics("1.2.3");
    metrics.collectWith(() => Promise.reject(new Error("the database is away")));
    const families = readMetrics(await metrics.exposition());
    assert.equal(valueOf(families, "causeway_scrape_failures_total"), 1);
    assert.equal(valueOf(families, "causeway_build_info", { version: "1.2.3" }), 1);
  });

  it("leave the open time of streams out of the durations of requests", async () => {
    const metrics = new Metrics("1");
    const answered = { method: "GET", route: "/a", status: 200, seconds: 900 };
    metrics.requestAnswered(answered, true);
    metrics.requestAnswered({ ...answered, seconds: 0.1 }, false);
    const families = readMetrics(await metrics.exposition());
    assert.equal(valueOf(families, "causeway_http_requests_total"), 2);
    assert.equal(valueOf(families, "causeway_http_request_duration_seconds_count"), 1);
  });

  it("keep the values of a label few", () => {
    const label = bounded(2);
    assert.deepEqual(["a", "b", "c", "a", "d"].map(label), ["a", "b", "other", "a", "other"]);
  });
});
