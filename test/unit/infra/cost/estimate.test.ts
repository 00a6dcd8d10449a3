import assert from "node:assert/strict";
import { estimate } from "../../../../infra/cost/estimate.ts";
import type { PlannedResource } from "../../../../infra/planned.ts";
import { deploy, pipeline } from "../clouds.ts";

const planned = (type: string, inputs: PlannedResource["inputs"], name = "x"): PlannedResource => ({
  urn: `urn:pulumi:s::causeway::${type}::${name}`,
  type,
  name,
  inputs,
});
const WORKERS = [
  planned("aws:ecs/taskDefinition:TaskDefinition", {
    cpu: "512",
    memory: "1024",
    runtimePlatform: { cpuArchitecture: "X86_64" },
  }),
  planned("aws:ecs/service:Service", { desiredCount: 2 }),
];

describe("The cost of what rests", () => {
  it("prices workers by processor and memory, and says how", () => {
    const { lines, monthlyUsd } = estimate(WORKERS, "us-east-1");
    // 2 x (0.5 x 0.04048 + 1 x 0.004445) x 730, by hand.
    assert.equal(monthlyUsd, 36.04);
    assert.deepEqual(
      lines.map(({ how }) => how),
      ["2 workers of 0.5 vCPU, 1 GB x 730 h"],
    );
  });

  it("prices the NAT by its region and says whose prices stand in where the table has none", () => {
    const nat = [planned("aws:ec2/natGateway:NatGateway", {})];
    assert.equal(estimate(nat, "eu-west-1").monthlyUsd, 35.04);
    const elsewhere = estimate(nat, "sa-east-1");
    assert.equal(elsewhere.monthlyUsd, 32.85);
    assert.ok(elsewhere.assumptions.some((text) => text.includes("no prices of sa-east-1")));
  });

  it("prices an endpoint by its zones, and a gateway endpoint at nothing", () => {
    const endpoint = "aws:ec2/vpcEndpoint:VpcEndpoint";
    const three = planned(endpoint, { vpcEndpointType: "Interface", subnetIds: ["a", "b", "c"] });
    assert.equal(estimate([three], "us-east-1").monthlyUsd, 21.9);
    assert.equal(estimate([planned(endpoint, { vpcEndpointType: "Gateway" })], "x").monthlyUsd, 0);
  });

  it("gives lines that add up to the total of a real pipeline", async () => {
    const deployed = await deploy({
      environment: "dev",
      foundation: {},
      pipeline: pipeline({
        targets: [{ type: "azure-blob", name: "landing" }],
        limits: { workers: { min: 3, max: 9 } },
      }),
    });
    const resources = deployed.resources.map(({ type, name, inputs }) =>
      planned(type, inputs, name),
    );
    const { lines, monthlyUsd } = estimate(resources, "eu-west-1");
    const sum = lines.reduce((total, line) => total + line.monthlyUsd, 0);
    assert.ok(Math.abs(sum - monthlyUsd) < 0.01 * lines.length, `${sum} and ${monthlyUsd}`);
    assert.ok(lines.some(({ how }) => how.startsWith("3 workers of 0.5 vCPU, 1 GB")));
  });
});
