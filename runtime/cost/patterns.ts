import { estimate, TIB, type Estimate } from "./estimate.ts";
import { dynamoWriteMillion, sqsRequestMillion } from "./prices.ts";
import type { Route } from "./route.ts";
import { sideUsage, type Usage } from "./usage.ts";

export const MIB = 2 ** 20;

/** What the copy of one object is expected to ask for. */
export interface ObjectPlan {
  /** Bytes. */
  readonly size: number;
  readonly how: "stream" | "url";
  /** Of staged writes; 1: one request that writes the whole. */
  readonly blocks: number;
  readonly target: "s3" | "azure-blob";
}

/** A small object in two requests; a large one: HEAD, what is staged, its blocks, commit. Every block that is read by URL is a GET at the source. */
export function usageOf({ size, how, blocks, target }: ObjectPlan): Usage {
  const small = blocks <= 1;
  const received = how === "stream" ? size : 0;
  const reads = small && how === "stream" ? 1 : blocks + 1;
  const begin = target === "s3" ? 1 : 0;
  const writes = small ? 1 : blocks + 1 + begin;
  const looks = small ? 0 : 1;
  const copiedWithin = target === "s3" && how === "url";
  return {
    // Within S3 the reading of a source is part of the request that copies.
    source: sideUsage({ get: copiedWithin ? 1 : reads }, 0, received),
    target: sideUsage(
      target === "s3" ? { put: writes, list: looks } : { write: writes, other: looks },
      received,
    ),
    byUrl: how === "url" ? size : 0,
  };
}

/** Dollars to move a TiB, from what was counted while so many bytes were moved. */
export function dollarsPerTiB(usage: Usage, bytes: number, route: Route): Estimate {
  return estimate(scaled(usage, TIB / bytes), route);
}

const AZCOPY_BLOCK = 8 * MIB;

/** AzCopy from S3 by URL: HEAD, then Put Block From URL by 8 MiB, then the block list. One listing request finds a thousand. */
export function azcopyPerTiB(size: number, route: Route): Estimate {
  const blocks = Math.max(1, Math.ceil(size / AZCOPY_BLOCK));
  const usage: Usage = {
    source: sideUsage({ get: 1 + blocks, list: 1 / 1000 }),
    target: sideUsage({ write: blocks + 1 }),
    byUrl: size,
  };
  return dollarsPerTiB(usage, size, route);
}

const DTH_PART = 10 * MIB;
/** A row is written when the object is taken up and when it has ended. */
const DTH_ROWS = 2;
/** Received and deleted one by one; sent ten at a time. */
const DTH_MESSAGES = 2.1;

/** Data Transfer Hub, S3 to S3: a GET and a PUT for an object or for each part of it, through a NAT gateway, a message and two rows per object. */
export function dthPerTiB(size: number, region: string): Estimate {
  const parts = Math.max(1, Math.ceil(size / DTH_PART));
  const puts = parts === 1 ? 1 : parts + 2;
  const usage: Usage = {
    source: sideUsage({ get: parts === 1 ? 1 : parts + 1, list: 1 / 1000 }, 0, size),
    target: sideUsage({ put: puts, list: 1 / 1000 }, size),
    byUrl: 0,
  };
  // Its destinations are in other partitions: the bytes cross the internet.
  const route: Route = {
    source: { cloud: "s3", region },
    target: { cloud: "s3", region: "cn-north-1" },
    via: "nat",
  };
  const moved = dollarsPerTiB(usage, size, route);
  const objects = TIB / size;
  const lines = [
    ...moved.lines,
    own("DynamoDB writes", objects * DTH_ROWS, dynamoWriteMillion / 1e6),
    own("SQS requests", objects * DTH_MESSAGES, sqsRequestMillion / 1e6),
  ];
  return { ...moved, lines, dollars: lines.reduce((sum, { dollars }) => sum + dollars, 0) };
}

function own(what: string, quantity: number, each: number) {
  return { what, quantity, unit: "requests" as const, each, dollars: quantity * each };
}

function scaled(usage: Usage, factor: number): Usage {
  const side = ({ requests, sent, received }: Usage["source"]) =>
    sideUsage(
      Object.fromEntries(Object.entries(requests).map(([name, count]) => [name, count * factor])),
      sent * factor,
      received * factor,
    );
  return {
    source: side(usage.source),
    target: side(usage.target),
    byUrl: usage.byUrl * factor,
  };
}
