import { azcopy } from "../peers/azcopy.ts";
import { causeway } from "../peers/causeway.ts";
import { rclone } from "../peers/rclone.ts";
import type { Job } from "../peers/tool.ts";
import { places, populateSource, type Case, type Contender, type Goal } from "./case.ts";
import { CPU, EQUAL, MEMORY, number, OTHERS, requests, WALL } from "./figures.ts";
import { atMost, PEAK_MB, TIME } from "./goals.ts";

const SIZE = 1024;

/** What each tool would have left on a blob itself. */
const OURS = {
  causeway_pin: "{etag}",
  causeway_size: "{size}",
  causeway_modified: "{modified}",
  causeway_pipeline: "cli",
};
const OURS_ALL = ["causeway", "causeway compare"];
const RCLONES = { mtime: "2025-01-01T00:00:00Z" };

function compare(
  name: string,
  count: number,
  ours: readonly Contender[],
  peers: readonly Contender[],
  goals: readonly Goal[],
): Case {
  const job: Job = { work: "compare", ...places(name) };
  const theirs: Job = { ...job, target: { ...job.target, bucket: `${name}-peers` } };
  const contenders = [...ours, ...peers.map((peer) => ({ ...peer, job: theirs }))];
  return {
    name,
    title: `${number(count, 0)} keys on both sides, nothing to do`,
    job,
    contenders,
    keepsTarget: true,
    prepare: async (rig) => {
      await populateSource(rig, job, count, SIZE);
      for (const [{ target }, metadata] of [[job, OURS] as const, [theirs, RCLONES] as const]) {
        await rig.control.order("populate", { ...target, count, size: SIZE, metadata });
      }
    },
    columns: [
      WALL,
      CPU,
      MEMORY,
      ["requests", (samples) => number(requests(samples), 0)],
      ["writes", (samples) => String(Math.max(...samples.map(({ blob }) => blob.bytesIn)))],
      EQUAL,
      OTHERS,
    ],
    goals,
  };
}

export const compare1m = compare(
  "compare-1m",
  1_000_000,
  [{ tool: causeway("auto") }, { tool: causeway("compare") }],
  [
    { tool: rclone("tuned"), runs: 3 },
    { tool: rclone("default"), runs: 1 },
    { tool: azcopy("tuned"), runs: 1 },
  ],
  OURS_ALL.flatMap((of) => [atMost(of, 1 / 3, TIME, "rclone tuned"), atMost(of, 200, PEAK_MB)]),
);

/** Ours only: what it needs more for ten times the keys. */
export const compare10m = compare(
  "compare-10m",
  10_000_000,
  [
    { tool: causeway("auto"), runs: 1 },
    { tool: causeway("compare"), runs: 1 },
  ],
  [],
  OURS_ALL.map((of) => atMost(of, 200, PEAK_MB)),
);
