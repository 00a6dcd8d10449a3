import assert from "node:assert/strict";
import { createLog } from "../../../runtime/log.ts";
import { Problems, isPipelineTrouble } from "../../../runtime/problems.ts";
import { cloudError } from "./fakes.ts";

describe("problems", () => {
  it("are log lines that name class, action, resource and what was said", () => {
    const lines: string[] = [];
    const problems = new Problems(createLog({}, { write: (line) => lines.push(line) }));
    problems.report(cloudError("ssm", "ssm:GetParameter", "AccessDenied", 400));
    const line = JSON.parse(lines[0] ?? "") as { level: number; problem: Record<string, string> };
    assert.equal(line.level, 50);
    assert.equal(line.problem["class"], "AccessDenied");
    assert.equal(line.problem["action"], "ssm:GetParameter");
    assert.equal(line.problem["resource"], "x");
    assert.match(line.problem["message"] ?? "", /ssm:GetParameter on x failed/);
  });

  it("are not repeated for every object that meets them", () => {
    const lines: string[] = [];
    let now = 0;
    const log = createLog({}, { write: (line) => lines.push(line) });
    const problems = new Problems(log, () => now);
    const error = cloudError("azure", "blob:PutBlob", "AuthorizationFailure", 403);
    for (let count = 0; count < 100; count += 1) problems.report(error);
    assert.equal(lines.length, 1);
    now = 2_000;
    problems.report(error);
    assert.equal((JSON.parse(lines[1] ?? "") as { repeated: number }).repeated, 99);
  });

  it("are the pipeline's: refusals, missing buckets and queues, not one object's state", () => {
    assert.ok(isPipelineTrouble(cloudError("s3", "s3:GetObject", "AccessDenied", 403)));
    assert.ok(isPipelineTrouble(cloudError("s3", "s3:GetObject", "NoSuchBucket", 404)));
    assert.ok(isPipelineTrouble(cloudError("sqs", "sqs:ReceiveMessage", "Network", 0)));
    assert.ok(!isPipelineTrouble(cloudError("s3", "s3:GetObject", "InvalidObjectState", 403)));
    assert.ok(!isPipelineTrouble(cloudError("azure", "blob:PutBlob", "LeaseIdMissing", 412)));
  });
});
