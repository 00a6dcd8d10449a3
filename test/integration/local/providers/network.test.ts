import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import { Network } from "../../../../local/aws/network/network.ts";
import { awsxPackage } from "../../../../local/providers/awsx/awsx.ts";
import { componentMethods } from "../../../../local/providers/awsx/construct.ts";
import { serve, type RunningService } from "../../../../local/providers/wire/service.ts";
import { changes, engine, engineDeadline, failure, TestStack } from "./engine.ts";
import { serveAws } from "./clouds.ts";

/** The VPC of the foundation, with knobs. */
function vpcProgram(knobs: { tag: string; specs?: awsx.types.input.ec2.SubnetSpecArgs[] }) {
  return async () => {
    const address = new aws.ec2.Eip("egress", { domain: "vpc" });
    const vpc = new awsx.ec2.Vpc("net", {
      cidrBlock: "10.0.0.0/16",
      numberOfAvailabilityZones: 2,
      subnetStrategy: "Auto",
      subnetSpecs: knobs.specs ?? [{ type: "Public" }, { type: "Private" }],
      natGateways: { strategy: "Single", elasticIpAllocationIds: [address.allocationId] },
      tags: { team: knobs.tag },
    });
    const image = new awsx.ecr.Image("worker", {
      repositoryUrl: new awsx.ecr.Repository("worker").url,
    });
    return Promise.resolve({
      vpcId: vpc.vpcId,
      privateSubnetIds: vpc.privateSubnetIds,
      address: address.publicIp,
      routeTables: vpc.routeTables.apply((tables) => tables.map((table) => table.id)),
      natAddress: vpc.natGateways.apply((gateways) => gateways.map((one) => one.publicIp)),
      vpcArn: vpc.vpc.arn,
      imageUri: image.imageUri,
    });
  };
}

/** As little as a VPC component can be. */
function smallVpc(tag: string) {
  return async () => {
    const vpc = new awsx.ec2.Vpc("net", {
      numberOfAvailabilityZones: 1,
      natGateways: { strategy: "None" },
      subnetStrategy: "Auto",
      tags: { team: tag },
    });
    return Promise.resolve({ vpcId: vpc.vpcId });
  };
}

describe("awsx components, built by the real engine", () => {
  const network = new Network();
  const digest = "d".repeat(64);
  const images = {
    build: (url: string) => Promise.resolve({ imageUri: `${url}@sha256:${digest}` }),
  };
  const services: RunningService[] = [];
  const stacks: TestStack[] = [];
  let debugProviders = "";

  const stackOf = async (program: () => Promise<Record<string, unknown>>): Promise<TestStack> => {
    const stack = await TestStack.create(program, debugProviders);
    stacks.push(stack);
    return stack;
  };

  before(async function () {
    this.timeout(engineDeadline);
    await engine();
    const awsService = await serveAws(network);
    const awsxService = await serve(componentMethods(awsxPackage(images)));
    services.push(awsService, awsxService);
    debugProviders = `aws:${awsService.port},awsx:${awsxService.port}`;
  });

  after(async () => {
    await Promise.all(stacks.map((stack) => stack.remove()));
    await Promise.all(services.map((service) => service.close()));
  });

  it("make the same children as the real ones, change nothing twice, and leave nothing", async () => {
    const knobs = { tag: "a" };
    const stack = await stackOf(vpcProgram(knobs));
    const planned = await stack.preview();
    const named = planned.map(({ type, name }) => `${type} ${name}`);
    assert.equal(named.filter((one) => one.startsWith("aws:ec2/eip:Eip")).length, 1);
    for (const expected of [
      "aws:ec2/vpc:Vpc net",
      "aws:ec2/subnet:Subnet net-public-1",
      "aws:ec2/route:Route net-private-2",
      "aws:ec2/natGateway:NatGateway net-1",
    ]) {
      assert.ok(named.includes(expected), expected);
    }

    const { outputs, steps } = await stack.up();
    assert.equal(steps.length, planned.length);
    assert.equal((outputs["routeTables"] as string[]).length, 4);
    assert.deepEqual(outputs["natAddress"], [outputs["address"]]);
    assert.match(outputs["vpcArn"] as string, /^arn:aws:ec2:eu-west-1:123456789012:vpc\/vpc-/);
    assert.match(outputs["imageUri"] as string, /worker-\w+@sha256:d{64}$/);
    for (const subnet of outputs["privateSubnetIds"] as string[]) {
      assert.deepEqual(network.egressOf(subnet, false), {
        kind: "nat",
        address: outputs["address"],
      });
    }

    assert.deepEqual(changes(await stack.preview()), []);
    assert.deepEqual(changes(await stack.refresh()), []);

    knobs.tag = "b";
    const retagged = changes(await stack.preview());
    const vpc = retagged.find(({ name, type }) => name === "net" && type === "aws:ec2/vpc:Vpc");
    assert.deepEqual(vpc?.diff, { "tags.team": "update", "tagsAll.team": "update" });
    assert.ok(retagged.every(({ op }) => op === "update"));

    await stack.destroy();
    assert.deepEqual(network.inventory(), []);
  });

  it("are built for two engines at once without mixing them", async () => {
    const pair = await Promise.all(["1", "2"].map((tag) => stackOf(smallVpc(tag))));
    const [one, two] = await Promise.all(pair.map((stack) => stack.up()));
    assert.notEqual(one?.outputs["vpcId"], two?.outputs["vpcId"]);
    const tags = [one, two].map((result) => {
      return network.store.get("vpc", result?.outputs["vpcId"] as string).tags["team"];
    });
    assert.deepEqual(tags, ["1", "2"]);
    await Promise.all(pair.map((stack) => stack.destroy()));
    assert.deepEqual(network.inventory(), []);
  });

  it("refuse what the real component refuses, in its words", async () => {
    const stack = await stackOf(vpcProgram({ tag: "a", specs: [{ type: "Private" }] }));
    assert.match(
      await failure(stack.preview()),
      /both private and public subnets must be declared/,
    );
  });
});
