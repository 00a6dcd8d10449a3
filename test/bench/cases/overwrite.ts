import { azcopy } from "../peers/azcopy.ts";
import { causeway } from "../peers/causeway.ts";
import { rclone } from "../peers/rclone.ts";
import type { Job } from "../peers/tool.ts";
import type { Rig } from "../rig.ts";
import { places, populateSource, type Case, type Column } from "./case.ts";
import { EQUAL, lost, torn, WALL } from "./figures.ts";
import { atMost, TORN as NONE_TORN } from "./goals.ts";

const MIB = 1024 * 1024;

const TORN: Column = [
  "torn",
  (samples) =>
    `${torn(samples)} of ${samples.reduce((sum, { verdict }) => sum + verdict.source, 0)}`,
];
const EXIT: Column = ["exit codes", (samples) => samples.map(({ code }) => code).join(", ")];

function overwrite(
  name: string,
  count: number,
  size: number,
): Pick<Case, "name" | "job" | "prepare" | "before" | "columns"> {
  const job: Job = { work: "large", ...places(name) };
  const populate = (rig: Rig) => populateSource(rig, job, count, size);
  return {
    name,
    job,
    prepare: populate,
    before: async (rig) => {
      // Back to their first version.
      await populate(rig);
      await rig.control.order("conditions", {
        side: "s3",
        overwriteAt: 0.5,
        overwritePrefix: job.source.prefix,
      });
    },
    columns: [TORN, EXIT, EQUAL, WALL],
  };
}

export const overwrite3: Case = {
  ...overwrite("overwrite", 3, 512 * MIB),
  title: "3 objects of 512 MiB, each overwritten when half of it was read",
  contenders: [
    { tool: causeway("stream"), runs: 3 },
    { tool: causeway("url"), runs: 3 },
    { tool: rclone("tuned"), runs: 1 },
    { tool: rclone("default"), runs: 1 },
    { tool: azcopy("tuned"), runs: 1 },
    { tool: azcopy("default"), runs: 1 },
  ],
  goals: [atMost("causeway by stream", 0, NONE_TORN), atMost("causeway by url", 0, NONE_TORN)],
};

export const overwrite200: Case = {
  ...overwrite("overwrite-200", 200, 64 * MIB),
  title: "200 objects of 64 MiB, each overwritten when half of it was read",
  contenders: [
    { tool: causeway("stream"), runs: 1 },
    { tool: causeway("url"), runs: 1 },
  ],
  goals: ["causeway by stream", "causeway by url"].flatMap((of) => [
    atMost(of, 0, NONE_TORN),
    atMost(of, 0, { figure: "not the newest", measure: lost }),
  ]),
};
