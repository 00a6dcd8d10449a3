import { causeway } from "../peers/causeway.ts";
import { rclone } from "../peers/rclone.ts";
import { s5cmd } from "../peers/s5cmd.ts";
import type { Job } from "../peers/tool.ts";
import { places, populateSource, type Case } from "./case.ts";
import { SMALL_OBJECTS } from "./figures.ts";
import { atLeast, atMost, CPU_TIME, RATE } from "./goals.ts";

const job: Job = { work: "small", ...places("between", "s3") };

export const s3ToS3: Case = {
  name: "s3-to-s3",
  title: "20,000 objects of 10 KiB between S3 buckets, copied by the store itself",
  job,
  contenders: [
    { tool: causeway("auto") },
    { tool: s5cmd("tuned") },
    { tool: s5cmd("default") },
    { tool: rclone("tuned"), runs: 3 },
  ],
  prepare: (rig) => populateSource(rig, job, 20_000, 10 * 1024),
  columns: SMALL_OBJECTS,
  goals: [
    atLeast("causeway", 1, RATE, "s5cmd tuned"),
    atMost("causeway", 1, CPU_TIME, "s5cmd tuned"),
  ],
};
