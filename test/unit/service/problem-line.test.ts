import assert from "node:assert/strict";
import { parseProblem } from "../../../service/runs/clouds.ts";

describe("a worker's log line", () => {
  it("is a problem only when it reports one", () => {
    const problem = {
      class: "AccessDenied",
      action: "s3:GetObject",
      resource: "arn",
      message: "no",
    };
    assert.deepEqual(parseProblem(JSON.stringify({ level: 50, problem })), problem);
    assert.equal(parseProblem('{"level":30,"msg":"a problem"}'), undefined);
    assert.equal(parseProblem("not json, but a problem"), undefined);
  });
});
