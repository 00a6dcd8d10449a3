import { azcopy, azcopyResume } from "../peers/azcopy.ts";
import { causeway } from "../peers/causeway.ts";
import { rclone } from "../peers/rclone.ts";
import type { Job, Tool } from "../peers/tool.ts";
import { measure } from "../measure.ts";
import type { Rig } from "../rig.ts";
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
const job: Job = { work: "large", ...places("kill") };

const again = (samples: readonly Sample[]) =>
  median(samples.map(({ facts }) => facts["sentAgain"] ?? NaN));
const AGAIN: Column = [
  "MiB sent after the kill",
  (samples) => number(again(samples) / 1024 ** 2, 0),
];
const OWED: Column = [
  "MiB that had not arrived",
  (samples) => number(median(samples.map(({ facts }) => facts["owed"] ?? NaN)) / 1024 ** 2, 0),
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
  columns: [OWED, AGAIN, WALL, EQUAL],
  goals: ["causeway by stream", "causeway by url"].map((of) => ({
    of,
    figure: "bytes sent after the kill over those owed",
    measure: (samples: readonly Sample[]) =>
      median(samples.map(({ facts }) => (facts["sentAgain"] ?? NaN) / (facts["owed"] ?? NaN))),
    relation: "at most" as const,
    // Blocks in flight at the kill, of 4 GiB.
    factor: 1.15,
  })),
};

async function run(rig: Rig, contender: Contender): Promise<Sample> {
  const arrived = async () => {
    const { blob } = await rig.control.order("counters", {});
    return blob.bytesIn + blob.bytesFetched;
  };
  const { tool } = contender;
  await measure(tool.command(job, rig), rig.ports.pid, {
    until: async () => (await arrived()) >= SIZE / 2,
  });
  const first = await arrived();
  await rig.control.order("reset-counters", {});
  const command = tool === resume ? azcopyResume(rig) : tool.command(job, rig);
  const second = await measure(command, rig.ports.pid, {});
  return sample(rig, job, second, { owed: SIZE - first, sentAgain: await arrived() });
}
