import { azcopy } from "../peers/azcopy.ts";
import { causeway } from "../peers/causeway.ts";
import { rclone } from "../peers/rclone.ts";
import type { Job } from "../peers/tool.ts";
import type { Conditions } from "../stub/conditions.ts";
import type { Rig } from "../rig.ts";
import {
  freshTarget,
  once,
  places,
  populateSource,
  type Case,
  type Column,
  type Contender,
  type Sample,
} from "./case.ts";
import { CPU, EQUAL, median, MEMORY, number, OTHERS, WALL } from "./figures.ts";
import { atMost, LOST, TIME } from "./goals.ts";

const COUNT = 2000;
const extraRequests = (samples: readonly Sample[]) =>
  median(samples.map(({ facts }) => facts["extra"] ?? NaN));
const EXTRA: Column = ["extra requests", (samples) => `${number(extraRequests(samples) * 100)} %`];

function faults(name: string, title: string, trouble: Partial<Conditions>): Case {
  const job: Job = { work: "small", ...places(name) };
  /** Requests of each tool when nothing goes wrong. */
  const calm = new Map<string, number>();
  let seed = 0;

  async function run(rig: Rig, contender: Contender): Promise<Sample> {
    const all = ({ s3, blob }: Pick<Sample, "s3" | "blob">) => s3.requests + blob.requests;
    const { name: tool } = contender.tool;
    if (!calm.has(tool)) {
      calm.set(tool, all(await once(rig, contender, job)));
      await freshTarget(rig, job, false);
    }
    seed += 1;
    await rig.control.order("conditions", { side: "s3", ...trouble, seed });
    await rig.control.order("conditions", { side: "blob", ...trouble, seed: seed + 1000 });
    const troubled = await once(rig, contender, job);
    return { ...troubled, facts: { extra: all(troubled) / (calm.get(tool) ?? NaN) - 1 } };
  }

  return {
    name,
    title: `2,000 objects of 100 KiB, ${title}`,
    job,
    contenders: [
      { tool: causeway("stream") },
      { tool: rclone("tuned"), runs: 3 },
      { tool: causeway("url") },
      { tool: azcopy("tuned"), runs: 3 },
      { tool: rclone("default"), runs: 1 },
    ],
    prepare: (rig) => populateSource(rig, job, COUNT, 100 * 1024),
    run,
    columns: [EQUAL, WALL, EXTRA, CPU, MEMORY, OTHERS],
    goals: ["causeway by stream", "causeway by url"].flatMap((of) => [
      atMost(of, 0, LOST),
      atMost(of, 1, TIME, "rclone tuned"),
      atMost(of, 0.15, { figure: "extra requests", measure: extraRequests }),
    ]),
  };
}

export const busy = faults("faults-503", "5 % of requests answered 503 on both sides", {
  busy: 0.05,
});
export const reset = faults("faults-reset", "2 % of connections reset on both sides", {
  reset: 0.02,
});
export const truncate = faults("faults-truncate", "2 % of bodies cut short on both sides", {
  truncate: 0.02,
});
