import type { Client } from "../../service/client/client.ts";
import { ApiProblem, Unreachable } from "../../service/client/problem.ts";
import type { Reply } from "../../service/client/operations.ts";
import type { Blast } from "./report.ts";

type Radius = Reply<"getBlastRadius">;

const lookEveryMs = 2000;

/** What a change of the program does to every pipeline that stands, as the service finds out by previewing them with the program of that commit. */
export async function blastOf(
  client: Client,
  commit: string,
  onLook: (done: number, total: number) => void,
): Promise<Blast> {
  try {
    let now = await client.call("createBlastRadius", { body: { program: commit } });
    while (now.state === "running") {
      onLook(now.done, now.total);
      await client.sleep(lookEveryMs, client.signal);
      now = await client.call("getBlastRadius", { params: { blast: now.id } });
    }
    return sumOf(now);
  } catch (error) {
    if (!(error instanceof ApiProblem || error instanceof Unreachable)) throw error;
    return { kind: "unknown", detail: error.message };
  }
}

function sumOf({ pipelines, done, total, worst, links }: Radius): Blast {
  const { none, update, replacement, failure } = pipelines;
  return {
    kind: "known",
    looked: done,
    of: total,
    unchanged: none,
    updated: update,
    replaced: replacement,
    failed: failure,
    worst: worst
      .filter((one) => one.class !== "none")
      .map((one) => ({ pipeline: `${one.tenant}/${one.pipeline}`, summary: wordsOf(one) })),
    page: links.page,
  };
}

function wordsOf({ class: kind, counts, message }: Radius["worst"][number]): string {
  if (message !== null) return message;
  const told = Object.entries(counts ?? {}).filter(([step]) => step !== "same");
  return told.length === 0 ? kind : told.map(([step, count]) => `${step} ${count}`).join(", ");
}
