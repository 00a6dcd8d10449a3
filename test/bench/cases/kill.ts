import { setTimeout as sleep } from "node:timers/promises";
import { azcopy, azcopyResume } from "../peers/azcopy.ts";
import { causeway } from "../peers/causeway.ts";
import { rclone } from "../peers/rclone.ts";
import type { Job, Tool } from "../peers/tool.ts";
import { measure } from "../measure.ts";
import type { Rig } from "../rig.ts";
import type { Counted } from "../stub/counters.ts";
import {
  places,
  populateSource,
  sample,
  type Case,
  type Column,
  type Contender,
  type Sample,
} from "./case.ts";
import { EQUAL, GIB, median, number, WALL } from "./figures.ts";

const SIZE = 4 * GIB;
const KEY = "000000000";
const job: Job = { work: "large", ...places("kill") };

const mebibytes = (fact: string) => (samples: readonly Sample[]) =>
  number(median(samples.map(({ facts }) => facts[fact] ?? NaN)) / 1024 ** 2, 0);
const COLUMNS: readonly Column[] = [
  ["MiB sent before the kill", mebibytes("before")],
  ["MiB in blocks in flight at the kill", mebibytes("flight")],
  ["MiB sent after it", mebibytes("after")],
  ["MiB sent twice", mebibytes("twice")],
];

/** AzCopy's own way to go on. */
const resume: Tool = { ...azcopy("default"), name: "azcopy jobs resume" };

export const kill: Case = {
  name: "kill",
  title: "kill -9 when half of one 4 GiB object has arrived, then run again",
  job,
  contenders: [
    { tool: causeway("stream"), runs: 3 },
    { tool: causeway("url"), runs: 3 },
    { tool: rclone("tuned"), runs: 1 },
    { tool: azcopy("tuned"), runs: 1 },
    { tool: resume, runs: 1 },
  ],
  prepare: (rig) => populateSource(rig, job, 1, SIZE),
  run,
  columns: [...COLUMNS, WALL, EQUAL],
  goals: ["causeway by stream", "causeway by url"].map((of) => ({
    of,
    figure: "bytes sent twice over those in flight at the kill",
    measure: (samples: readonly Sample[]) =>
      Math.max(
        ...samples.map(({ facts }) => {
          // Lists of blocks are bytes too.
          const twice = Math.floor((facts["twice"] ?? NaN) / 1024 ** 2);
          return twice === 0 ? 0 : (twice * 1024 ** 2) / (facts["flight"] ?? NaN);
        }),
      ),
    relation: "at most" as const,
    // The count is some milliseconds older than the kill.
    factor: 1.15,
  })),
};

async function run(rig: Rig, contender: Contender): Promise<Sample> {
  const blob = async () => (await rig.control.order("counters", {})).blob;
  const arrived = async () => bytesOf(await blob());
  const { tool } = contender;
  let unanswered = 0;
  await measure(tool.command(job, rig), rig.ports.pid, {
    until: async () => {
      const counted = await blob();
      unanswered = unansweredOf(counted);
      return bytesOf(counted) >= SIZE / 2;
    },
  });
  // What began between the count and the kill was in flight as well.
  unanswered = Math.max(unanswered, unansweredOf(await blob()));
  const before = await settled(arrived);
  const staged = await rig.control.order("staged", { bucket: job.target.bucket, key: KEY });
  await rig.control.order("reset-counters", {});
  const command = tool === resume ? azcopyResume(rig) : tool.command(job, rig);
  const second = await measure(command, rig.ports.pid, {});
  const after = await arrived();
  return sample(rig, job, second, {
    before,
    flight: unanswered * staged.largest,
    after,
    twice: before + after - SIZE,
  });
}

function unansweredOf({ requests, byStatus }: Counted): number {
  return requests - Object.values(byStatus).reduce((sum, count) => sum + count, 0);
}

function bytesOf({ bytesIn, bytesFetched }: Counted): number {
  return bytesIn + bytesFetched;
}

/** The cloud goes on for a moment with what it was asked to fetch before the kill. */
async function settled(arrived: () => Promise<number>): Promise<number> {
  let before = -1;
  let now = await arrived();
  while (now !== before) {
    await sleep(300);
    before = now;
    now = await arrived();
  }
  return now;
}
