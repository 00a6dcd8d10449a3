import assert from "node:assert/strict";
import { estimate, showDollars, GIB, type Estimate } from "../../../../runtime/cost/estimate.ts";
import {
  azcopyPerTiB,
  dollarsPerTiB,
  dthPerTiB,
  MIB,
  usageOf,
  type ObjectPlan,
} from "../../../../runtime/cost/patterns.ts";
import type { Route } from "../../../../runtime/cost/route.ts";
import { noRequests, sideUsage, type Usage } from "../../../../runtime/cost/usage.ts";

const toAzure: Route = {
  source: { cloud: "s3", region: "us-east-1" },
  target: { cloud: "azure-blob" },
  via: "outside",
};
const nothing: Usage = { source: sideUsage({}), target: sideUsage({}), byUrl: 0 };

function about(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 0.005, `Expected about ${expected}, got ${actual}`);
}

function of(found: Estimate, what: string): number {
  return found.lines.find((line) => line.what === what)?.dollars ?? 0;
}

describe("what a copy costs", () => {
  it("is nothing for nothing", () => {
    assert.deepEqual(estimate(nothing, toAzure).lines, []);
    assert.equal(estimate(nothing, toAzure).dollars, 0);
  });

  it("adds up its lines, each at the price of its kind", () => {
    const usage: Usage = {
      source: sideUsage({ get: 1_000_000, list: 1000, free: 7 }, 0, 10 * GIB),
      target: sideUsage({ write: 1_000_000, other: 10_000, list: 200, free: 7 }, 10 * GIB),
      byUrl: 5 * GIB,
    };
    const found = estimate(usage, toAzure);
    about(of(found, "source: GET and other requests"), 0.4);
    about(of(found, "source: LIST requests"), 0.005);
    about(of(found, "target: write operations"), 5.5);
    about(of(found, "target: other operations"), 0.0044);
    about(of(found, "traffic out of the source, streamed"), 0.9);
    about(of(found, "traffic out of the source, by URL"), 0.45);
    about(found.dollars, 0.4 + 0.005 + 5.5 + 0.0044 + 0.0011 + 0.9 + 0.45);
    assert.match(found.pricesAsOf, /^\d{4}-\d\d-\d\d$/);
  });

  it("of 10 KiB objects, a TiB of them, is mostly the target's writes", () => {
    // 107,374,182.4 objects: a GET and a Put Blob each, and 1024 GiB out.
    const plan: ObjectPlan = { size: 10_240, how: "stream", blocks: 1, target: "azure-blob" };
    const found = dollarsPerTiB(usageOf(plan), plan.size, toAzure);
    about(of(found, "source: GET and other requests"), 42.95);
    about(of(found, "target: write operations"), 590.56);
    about(found.dollars, 42.95 + 590.56 + 92.16);
  });

  it("of 1 MiB objects by URL counts the GET of the target's cloud besides our HEAD", () => {
    const plan: ObjectPlan = { size: MIB, how: "url", blocks: 1, target: "azure-blob" };
    const found = dollarsPerTiB(usageOf(plan), plan.size, toAzure);
    about(of(found, "source: GET and other requests"), 0.839);
    about(of(found, "target: write operations"), 5.767);
    about(found.dollars, 0.839 + 5.767 + 92.16);
  });

  it("of 1 GiB objects in blocks of 32 MiB is little more than the traffic", () => {
    const plan: ObjectPlan = { size: GIB, how: "url", blocks: 32, target: "azure-blob" };
    const found = dollarsPerTiB(usageOf(plan), plan.size, toAzure);
    about(found.dollars, 0.0135 + 0.1859 + 0.0005 + 92.16);
  });

  it("of parts on S3 counts the beginning and the end of the upload, and nothing twice within S3", () => {
    const within: Route = {
      source: { cloud: "s3", region: "us-east-1" },
      target: { cloud: "s3", region: "us-east-1" },
      via: "public",
    };
    const usage = usageOf({ size: 80 * MIB, how: "url", blocks: 10, target: "s3" });
    assert.deepEqual(usage.target.requests, { ...noRequests(), put: 12, list: 1 });
    assert.deepEqual(usage.source.requests, { ...noRequests(), get: 1 });
    assert.equal(of(estimate(usage, within), "traffic out of the source, by URL"), 0);
  });
});

describe("traffic", () => {
  const streamed: Usage = {
    source: sideUsage({}, 0, 100 * GIB),
    target: sideUsage({}, 100 * GIB),
    byUrl: 0,
  };
  const s3 = (region: string) => ({ cloud: "s3", region }) as const;

  it("through a NAT gateway costs half as much again; by URL it never passes one", () => {
    about(estimate(streamed, { ...toAzure, via: "nat" }).dollars, 9 + 4.5);
    about(estimate(streamed, { ...toAzure, via: "public" }).dollars, 9);
    about(estimate({ ...nothing, byUrl: 100 * GIB }, { ...toAzure, via: "nat" }).dollars, 9);
  });

  it("within a region is free, between regions cheap, between partitions the internet's", () => {
    const cost = (from: string, to: string): number =>
      estimate(streamed, { source: s3(from), target: s3(to), via: "public" }).dollars;
    assert.equal(cost("us-east-1", "us-east-1"), 0);
    about(cost("us-east-1", "eu-west-1"), 2);
    about(cost("us-east-1", "cn-north-1"), 9);
  });

  it("that leaves the cloud for a process outside is the internet's, wherever it goes next", () => {
    about(
      estimate(streamed, { source: s3("us-east-1"), target: s3("us-east-1"), via: "outside" })
        .dollars,
      9,
    );
  });
});

describe("an estimate", () => {
  it("says whose prices it took, and of whom there are none", () => {
    const route: Route = {
      source: { cloud: "s3", region: "xx-nowhere-1" },
      target: { cloud: "other", label: "minio.example" },
      via: "outside",
    };
    assert.deepEqual(estimate(nothing, route).notes, [
      "There are no prices of xx-nowhere-1: those of us-east-1 are taken.",
      "There are no prices of minio.example: it counts as free.",
    ]);
  });

  it("prices classes and tiers by their own", () => {
    const usage: Usage = {
      source: sideUsage({ get: 1000, list: 1000 }, 0, GIB),
      target: sideUsage({ write: 10_000 }, GIB),
      byUrl: 0,
    };
    const route: Route = {
      source: { cloud: "s3", region: "us-east-1", storageClass: "STANDARD_IA" },
      target: { cloud: "azure-blob", tier: "Cool" },
      via: "public",
    };
    // GET and retrieval of the class, LIST of the bucket, write of the tier, out to the internet.
    about(estimate(usage, route).dollars, 0.001 + 0.01 + 0.005 + 0.1 + 0.09);
  });

  it("is shown with what it takes to be seen", () => {
    assert.deepEqual([0, 0.0000042, 0.0043, 0.5, 1.005, 1234.5].map(showDollars), [
      "$0.00",
      "$0.0000042",
      "$0.0043",
      "$0.50",
      "$1.00",
      "$1234.50",
    ]);
  });
});

describe("what others would have cost", () => {
  it("AzCopy: two writes for each small object, a block of 8 MiB for each of a large one", () => {
    // HEAD and GET, Put Block From URL and the list; 0.54 for listing.
    about(azcopyPerTiB(10_240, toAzure).dollars, 85.9 + 0.537 + 1181.116 + 92.16);
    about(azcopyPerTiB(GIB, toAzure).dollars, 0.0528 + 0.7265 + 92.16);
  });

  it("Data Transfer Hub: a row and a message for each object, every byte through a NAT gateway", () => {
    const small = dthPerTiB(10_240, "us-east-1");
    about(of(small, "DynamoDB writes"), 134.218);
    about(of(small, "SQS requests"), 90.194);
    about(of(small, "NAT gateway"), 46.08);
    about(small.dollars, 42.95 + 536.871 + 2 * 0.537 + 92.16 + 46.08 + 134.218 + 90.194);
    // 103 parts of 10 MiB, the upload's beginning and end.
    about(
      dthPerTiB(GIB, "us-east-1").dollars,
      92.16 + 46.08 + 1024 * (105 * 5e-6 + 104 * 4e-7) + 0.0022,
    );
  });
});
