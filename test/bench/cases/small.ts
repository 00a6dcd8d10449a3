import { azcopy } from "../peers/azcopy.ts";
import { causeway } from "../peers/causeway.ts";
import { rclone } from "../peers/rclone.ts";
import type { Job } from "../peers/tool.ts";
import type { Rig } from "../rig.ts";
import { places, populateSource, type Case } from "./case.ts";
import {
  CPU,
  cpu,
  EQUAL,
  MEMORY,
  memory,
  OBJECTS,
  objectsPerSecond,
  OTHERS,
  REQUESTS,
  WALL,
} from "./figures.ts";

const COUNT = 20_000;
const SIZE = 10 * 1024;
const columns = [OBJECTS, WALL, CPU, MEMORY, REQUESTS, EQUAL, OTHERS];

const near: Job = { work: "small", ...places("small") };

export const small0: Case = {
  name: "small-0ms",
  title: "20,000 objects of 10 KiB, no round-trip time",
  job: near,
  contenders: [
    { tool: causeway("stream") },
    { tool: rclone("tuned") },
    { tool: causeway("url") },
    { tool: azcopy("tuned") },
    { tool: causeway("auto") },
    { tool: rclone("default"), runs: 3 },
    { tool: azcopy("default"), runs: 3 },
  ],
  prepare: (rig) => populateSource(rig, near, COUNT, SIZE),
  columns,
  goals: [
    {
      of: "causeway by stream",
      against: "rclone tuned",
      figure: "objects/s",
      measure: objectsPerSecond,
      relation: "at least",
      factor: 1.3,
    },
    {
      of: "causeway by stream",
      against: "rclone tuned",
      figure: "CPU",
      measure: cpu,
      relation: "at most",
      factor: 0.7,
    },
    {
      of: "causeway by url",
      against: "azcopy tuned",
      figure: "objects/s",
      measure: objectsPerSecond,
      relation: "at least",
      factor: 1.7,
    },
    {
      of: "causeway by url",
      against: "azcopy tuned",
      figure: "CPU",
      measure: cpu,
      relation: "at most",
      factor: 0.3,
    },
  ],
};

const far: Job = { work: "far", ...places("far") };
const RTT = { rttMs: 40, connectMs: 40 };

async function farAway(rig: Rig): Promise<void> {
  await rig.control.order("conditions", { side: "s3", ...RTT });
  await rig.control.order("conditions", { side: "blob", ...RTT });
}

export const small40: Case = {
  name: "small-40ms",
  title: "20,000 objects of 10 KiB, 40 ms round trip (and one more to connect)",
  job: far,
  contenders: [
    { tool: causeway("stream") },
    { tool: rclone("tuned") },
    { tool: causeway("url") },
    { tool: azcopy("tuned"), runs: 1 },
    { tool: causeway("auto") },
  ],
  prepare: (rig) => populateSource(rig, far, COUNT, SIZE),
  before: farAway,
  columns,
  goals: [
    {
      of: "causeway by stream",
      against: "rclone tuned",
      figure: "objects/s",
      measure: objectsPerSecond,
      relation: "at least",
      factor: 2,
    },
    {
      of: "causeway by stream",
      against: "rclone tuned",
      figure: "peak RSS",
      measure: memory,
      relation: "at most",
      factor: 0.25,
    },
    {
      of: "causeway by url",
      against: "azcopy tuned",
      figure: "objects/s",
      measure: objectsPerSecond,
      relation: "at least",
      factor: 2,
    },
  ],
};

const some: Job = { work: "far", ...places("small-40ms-some") };

/** Default settings are so slow over a long way that fewer objects have to do. */
export const small40Defaults: Case = {
  name: "small-40ms-defaults",
  title: "2,000 objects of 10 KiB, 40 ms round trip: the tools' defaults",
  job: some,
  contenders: [
    { tool: causeway("stream") },
    { tool: causeway("url") },
    { tool: rclone("default"), runs: 1 },
    { tool: azcopy("default"), runs: 1 },
  ],
  prepare: (rig) => populateSource(rig, some, 2000, SIZE),
  before: farAway,
  columns,
  goals: [],
};
