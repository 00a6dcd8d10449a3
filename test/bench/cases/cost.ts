import { azcopy } from "../peers/azcopy.ts";
import { causeway } from "../peers/causeway.ts";
import { rclone } from "../peers/rclone.ts";
import type { Job } from "../peers/tool.ts";
import type { Counted } from "../stub/counters.ts";
import { places, populateSource, type Case, type Column, type Sample } from "./case.ts";
import { EQUAL, median, number } from "./figures.ts";

/** Dollars; us-east-1 and Azure hot LRS, public price lists as of 2025-11. */
const S3_READ = 0.0004 / 1000;
const S3_WRITE = 0.005 / 1000;
const AZURE_WRITE = 0.055 / 10_000;
const AZURE_READ = 0.0044 / 10_000;
const TIB = 1024 ** 4;

const S3_WRITES = /^(List|Put|Copy|UploadPart|Create|Complete)/;
const AZURE_WRITES = /^(Put|List|Create|Set|CopyBlob)/;

function dollars(counted: Counted, writes: RegExp, write: number, read: number): number {
  return Object.entries(counted.byOperation).reduce(
    (sum, [name, count]) => sum + count * (writes.test(name) ? write : read),
    0,
  );
}

/** Of requests only, for a TiB of such objects. Bytes cost the same by every tool, but for NAT. */
const perTib = (size: number) => (samples: readonly Sample[]) =>
  median(
    samples.map(({ s3, blob, verdict }) => {
      const cost =
        dollars(s3, S3_WRITES, S3_WRITE, S3_READ) +
        dollars(blob, AZURE_WRITES, AZURE_WRITE, AZURE_READ);
      return (cost / (verdict.source * size)) * TIB;
    }),
  );

function operations({ s3, blob, verdict }: Sample): string {
  const all = [...Object.entries(s3.byOperation), ...Object.entries(blob.byOperation)];
  return all
    .filter(([, count]) => count >= verdict.source * 0.005)
    .map(([name, count]) => `${name} ${number(count / verdict.source, 2)}`)
    .join(", ");
}

/**
 * AWS Data Transfer Hub, computed from its sources (S3 to S3 is all it does): a GET and a PUT or, from 1 GiB, parts of 8 MiB; and for every object two
 * DynamoDB writes and two SQS requests.
 */
function transferHub(size: number): string {
  const parts = size < 1024 ** 3 ? 1 : size / (8 * 1024 ** 2) + 2;
  const each = parts * (S3_READ + S3_WRITE) + (2 * 1.25 + 2 * 0.4) / 1e6;
  return `Data Transfer Hub, computed: $${number((each * TIB) / size, 2)} of requests per TiB (it publishes $1,114/TB for objects of 10 KB and $94/TB for 50 MB, all in). Traffic to the internet is $92/TiB for every tool; a NAT gateway adds $46/TiB to what is streamed through it, and nothing by URL.`;
}

function cost(name: string, text: string, count: number, size: number): Case {
  const job: Job = { work: size > 64 * 1024 ** 2 ? "large" : "small", ...places(name) };
  const columns: readonly Column[] = [
    ["requests per object", (samples) => (samples[0] === undefined ? "" : operations(samples[0]))],
    ["$ of requests per TiB", (samples) => number(perTib(size)(samples), 2)],
    EQUAL,
  ];
  return {
    name,
    title: `Cost of objects of ${text}: requests as counted, priced`,
    job,
    contenders: [
      { tool: causeway("stream"), runs: 1 },
      { tool: causeway("url"), runs: 1 },
      { tool: causeway("auto"), runs: 1 },
      { tool: rclone("default"), runs: 1 },
      { tool: rclone("tuned"), runs: 1 },
      { tool: azcopy("default"), runs: 1 },
      { tool: azcopy("tuned"), runs: 1 },
    ],
    prepare: (rig) => populateSource(rig, job, count, size),
    columns,
    goals: [],
    note: transferHub(size),
  };
}

export const costs = [
  cost("cost-10k", "10 KiB", 2000, 10 * 1024),
  cost("cost-1m", "1 MiB", 1000, 1024 ** 2),
  cost("cost-1g", "1 GiB", 2, 1024 ** 3),
];
