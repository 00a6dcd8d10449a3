import { azcopy } from "../peers/azcopy.ts";
import { causeway } from "../peers/causeway.ts";
import { rclone } from "../peers/rclone.ts";
import type { Job } from "../peers/tool.ts";
import { places, populateSource, type Case, type Column } from "./case.ts";
import { EQUAL, GIB, MEMORY, medianOf, number, OTHERS, requests, WALL } from "./figures.ts";
import { atLeast, atMost, CPU_TIME, PEAK_MB, type Figure } from "./goals.ts";

const COUNT = 8;
const job: Job = { work: "large", ...places("large") };
const rate = medianOf(({ wallS }) => (COUNT * GIB) / wallS / 1e6);
const cpuPerGib = medianOf(({ cpuS }) => cpuS / COUNT);

const SPEED: Figure = { figure: "MB/s", measure: rate };
const CPU_EACH_GIB: Figure = { figure: "CPU s/GiB", measure: cpuPerGib };

const RATE: Column = ["MB/s", (samples) => number(rate(samples), 0)];
const CPU_PER_GIB: Column = ["CPU s/GiB", (samples) => number(cpuPerGib(samples), 2)];
const REQUESTS: Column = ["requests", (samples) => number(requests(samples), 0)];

export const large: Case = {
  name: "large",
  title: "8 objects of 1 GiB",
  job,
  contenders: [
    { tool: causeway("stream") },
    { tool: rclone("tuned") },
    { tool: causeway("url") },
    { tool: azcopy("tuned") },
    { tool: causeway("auto") },
    { tool: rclone("default"), runs: 3 },
    { tool: azcopy("default"), runs: 3 },
  ],
  prepare: (rig) => populateSource(rig, job, COUNT, GIB),
  columns: [RATE, WALL, CPU_PER_GIB, MEMORY, REQUESTS, EQUAL, OTHERS],
  goals: [
    atLeast("causeway by stream", 1, SPEED, "rclone tuned"),
    atMost("causeway by stream", 1, CPU_TIME, "rclone tuned"),
    atMost("causeway by stream", 400, PEAK_MB),
    atLeast("causeway by url", 1, SPEED, "azcopy tuned"),
    atMost("causeway by url", 0.1, CPU_EACH_GIB),
  ],
};

const far: Job = { work: "wide", ...places("large-40ms") };
const WAY = { rttMs: 40, connectMs: 40, bytesPerSecond: 90e6 };

/** What a connection between clouds is like: one of them is never enough. */
export const large40: Case = {
  ...large,
  name: "large-40ms",
  title: "8 objects of 1 GiB, 40 ms round trip, 90 MB/s on each connection",
  job: far,
  prepare: (rig) => populateSource(rig, far, COUNT, GIB),
  before: async (rig) => {
    await rig.control.order("conditions", { side: "s3", ...WAY });
    await rig.control.order("conditions", { side: "blob", ...WAY });
  },
};
