import { azcopy } from "../peers/azcopy.ts";
import { causeway } from "../peers/causeway.ts";
import { rclone } from "../peers/rclone.ts";
import type { Job } from "../peers/tool.ts";
import type { Rig } from "../rig.ts";
import { places, populateSource, type Case } from "./case.ts";
import { SMALL_OBJECTS } from "./figures.ts";
import { atLeast, atMost, CPU_TIME, PEAK, RATE } from "./goals.ts";

const COUNT = 20_000;
const SIZE = 10 * 1024;

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
  columns: SMALL_OBJECTS,
  goals: [
    atLeast("causeway by stream", 1.3, RATE, "rclone tuned"),
    atMost("causeway by stream", 0.7, CPU_TIME, "rclone tuned"),
    atLeast("causeway by url", 1.7, RATE, "azcopy tuned"),
    atMost("causeway by url", 0.3, CPU_TIME, "azcopy tuned"),
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
  columns: SMALL_OBJECTS,
  goals: [
    atLeast("causeway by stream", 2, RATE, "rclone tuned"),
    atMost("causeway by stream", 0.25, PEAK, "rclone tuned"),
    atLeast("causeway by url", 2, RATE, "azcopy tuned"),
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
  columns: SMALL_OBJECTS,
  goals: [],
};
