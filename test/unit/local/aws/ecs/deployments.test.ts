import assert from "node:assert/strict";
import {
  countFailure,
  newDeployment,
  rollTo,
  settle,
} from "../../../../../local/aws/ecs/deployments.ts";
import type { NetworkConfiguration, Service, Task } from "../../../../../local/aws/ecs/rows.ts";

const network: NetworkConfiguration = {
  subnets: ["s"],
  securityGroups: [],
  assignPublicIp: "DISABLED",
};
const service = (more: Partial<Service> = {}): Service => ({
  arn: "arn:service",
  name: "web",
  cluster: "c",
  status: "ACTIVE",
  desiredCount: 1,
  deployments: [newDeployment("d:1", network, 0)],
  rollout: {
    maximumPercent: 200,
    minimumHealthyPercent: 100,
    breaker: { enable: true, rollback: true },
  },
  events: [],
  created: 0,
  createdBy: "root",
  tags: [],
  shown: {},
  ...more,
});
const taskOf = (owner: Service, lastStatus: Task["lastStatus"] = "RUNNING"): Task =>
  ({
    arn: "t",
    startedBy: owner.deployments[0]?.id,
    lastStatus,
    desiredStatus: "RUNNING",
    stoppedReason: "CannotPullContainerError: x",
    containers: [],
  }) as unknown as Task;
const unchecked = () => false;

describe("a deployment", () => {
  it("completes when all its tasks work, and says so once", () => {
    const started = service();
    assert.equal(settle(started, [taskOf(started, "PENDING")], unchecked, 1), started);
    const done = settle(started, [taskOf(started)], unchecked, 1);
    assert.equal(done.deployments[0]?.rolloutState, "COMPLETED");
    assert.equal(done.proven, "d:1");
    assert.match(done.events[0]?.message ?? "", /steady state/);
    assert.equal(settle(done, [taskOf(done)], unchecked, 2), done);
  });

  it("keeps the old one while it has tasks", () => {
    const rolled = rollTo(service(), "d:2", network, 1);
    const old = { ...taskOf(rolled), startedBy: rolled.deployments[1]?.id } as Task;
    assert.equal(settle(rolled, [taskOf(rolled), old], unchecked, 2).deployments.length, 2);
    assert.equal(settle(rolled, [taskOf(rolled)], unchecked, 2).deployments.length, 1);
  });

  it("fails after three failed tasks and goes back to what worked", () => {
    let rolled = rollTo(service({ proven: "d:1" }), "d:2", network, 1);
    const task = taskOf(rolled, "STOPPED");
    for (let n = 0; n < 3; n++) rolled = countFailure(rolled, task, n);
    const [primary, failed] = rolled.deployments;
    assert.equal(primary?.taskDefinition, "d:1");
    assert.match(primary.rolloutStateReason, /rolling back/);
    assert.equal(failed?.rolloutState, "FAILED");
    assert.match(failed.rolloutStateReason, /CannotPullContainerError: x/);
  });

  it("stays failed when there is nothing to go back to", () => {
    let first = service();
    const task = taskOf(first, "STOPPED");
    for (let n = 0; n < 5; n++) first = countFailure(first, task, n);
    assert.equal(first.deployments[0]?.rolloutState, "FAILED");
    assert.equal(first.deployments.length, 1);
  });
});
