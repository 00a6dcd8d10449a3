import assert from "node:assert/strict";
import { withProblem, type Problem } from "../../../service/runs/problems.ts";

describe("problems of a run", () => {
  it("are counted by class and action, with the newest words of each", () => {
    const say = (action: string, message: string, second: number) => ({
      class: "AccessDenied",
      action,
      resource: "r",
      message,
      at: new Date(second * 1000).toISOString(),
    });
    let problems: Problem[] = [];
    problems = withProblem(problems, say("s3:GetObject", "new", 9));
    problems = withProblem(problems, say("s3:GetObject", "old", 3));
    problems = withProblem(problems, say("sqs:ReceiveMessage", "other", 4));
    assert.equal(problems.length, 2);
    assert.deepEqual(problems[0], {
      class: "AccessDenied",
      action: "s3:GetObject",
      resource: "r",
      message: "new",
      count: 2,
      firstAt: new Date(3000).toISOString(),
      lastAt: new Date(9000).toISOString(),
    });
  });
});
