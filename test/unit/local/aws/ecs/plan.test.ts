import assert from "node:assert/strict";
import fc from "fast-check";
import { plan, restartDelay } from "../../../../../local/aws/ecs/plan.ts";
import type { Rollout, Task } from "../../../../../local/aws/ecs/rows.ts";

const rollout: Rollout = {
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  breaker: { enable: false, rollback: false },
};

function task(id: string, deployment: string, lastStatus: Task["lastStatus"] = "RUNNING"): Task {
  return {
    arn: id,
    id,
    cluster: "c",
    taskDefinition: "d:1",
    group: "service:s",
    startedBy: deployment,
    lastStatus,
    desiredStatus: "RUNNING",
    created: 0,
    containers: [],
    network: { subnets: [], securityGroups: [], assignPublicIp: "DISABLED" },
    overrides: { containers: [] },
    tags: [],
  };
}

const decide = (
  desiredCount: number,
  tasks: Task[],
  more: Partial<Rollout> = {},
  mayStart = true,
) =>
  plan({
    desiredCount,
    rollout: { ...rollout, ...more },
    primary: "new",
    tasks,
    mayStart,
    checked: () => false,
  });

describe("a service's plan", () => {
  it("starts what is missing and stops what is too much, the youngest that do not work first", () => {
    assert.deepEqual(decide(2, []), { start: 2, stop: [] });
    assert.deepEqual(decide(1, [task("a", "new"), task("b", "new", "PENDING")]), {
      start: 0,
      stop: ["b"],
    });
    assert.deepEqual(decide(0, [task("a", "new")]), { start: 0, stop: ["a"] });
  });

  it("keeps the old task until the new one works", () => {
    assert.deepEqual(decide(1, [task("a", "old")]), { start: 1, stop: [] });
    assert.deepEqual(decide(1, [task("a", "old"), task("b", "new", "PENDING")]).stop, []);
    assert.deepEqual(decide(1, [task("a", "old"), task("b", "new")]).stop, ["a"]);
  });

  it("makes room first where the maximum forbids more", () => {
    const tight = { minimumHealthyPercent: 0, maximumPercent: 100 };
    assert.deepEqual(decide(1, [task("a", "old")], tight), { start: 0, stop: ["a"] });
  });

  it("starts nothing while it must wait", () => {
    assert.deepEqual(decide(3, [], {}, false), { start: 0, stop: [] });
  });

  it("never exceeds the maximum, and never stops below the healthy minimum but to scale in", () => {
    const some = (deployment: string) =>
      fc
        .array(fc.constantFrom<Task["lastStatus"]>("PENDING", "RUNNING"), { maxLength: 6 })
        .map((all) =>
          all.map((status, index) => task(`${deployment}${index}`, deployment, status)),
        );
    fc.assert(
      fc.property(
        fc.nat(6),
        some("old"),
        some("new"),
        fc.constantFrom(0, 50, 100),
        fc.constantFrom(100, 150, 200),
        (desired, old, own, least, most) => {
          const tasks = [...old, ...own];
          const next = decide(desired, tasks, {
            minimumHealthyPercent: least,
            maximumPercent: most,
          });
          const limit = Math.max(desired, Math.floor((desired * most) / 100));
          assert.ok(next.start === 0 || tasks.length + next.start <= limit);
          const working = tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
          const left = working.filter(({ arn }) => !next.stop.includes(arn)).length;
          const floor = Math.min(working.length, Math.ceil((desired * least) / 100));
          assert.ok(left >= floor, `Expected ${floor} working tasks to stay, got ${left}.`);
          assert.equal(new Set(next.stop).size, next.stop.length);
        },
      ),
    );
  });

  it("comes to exactly the desired count of the new deployment from anywhere", () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(5), fc.nat(5), (desired, olds, news) => {
        let tasks = [
          ...Array.from({ length: olds }, (_one, index) => task(`o${index}`, "old")),
          ...Array.from({ length: news }, (_one, index) => task(`n${index}`, "new")),
        ];
        for (let round = 0; round < 20; round++) {
          const next = decide(desired, tasks);
          tasks = tasks.filter(({ arn }) => !next.stop.includes(arn));
          for (let n = 0; n < next.start; n++) tasks.push(task(`r${round}-${n}`, "new"));
        }
        assert.equal(tasks.length, desired);
        assert.ok(tasks.every(({ startedBy }) => startedBy === "new"));
      }),
    );
  });

  it("waits longer after each failure, up to a minute", () => {
    assert.deepEqual([1, 2, 3, 20].map(restartDelay), [500, 1000, 2000, 60_000]);
  });
});
