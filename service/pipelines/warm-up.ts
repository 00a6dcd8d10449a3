import type { Logger } from "pino";
import { PipelineSpec } from "../../infra/spec/index.ts";
import type { Db } from "../db/database.ts";
import { makeTogether } from "./creations.ts";

const times = 3;
const together = 20;

/**
 * Makes pipelines as requests do, and takes all of it back. The first time something is done in the embedded database takes many times as
 * long as the next: its WebAssembly is compiled as it runs. A burst right after the start would wait for it.
 */
export async function warmUp(db: Db, log: Logger): Promise<void> {
  const principal = { id: "local", name: "warm-up", kind: "local" as const };
  const by = { principal, requestId: null, from: null };
  const spec = PipelineSpec.parse({
    kind: "copy",
    source: { type: "s3" },
    targets: [{ type: "azure-blob" }],
  });
  const back = new Error("taken back");
  for (let time = 0; time < times; time += 1) {
    const creations = Array.from({ length: together }, (_, index) => ({
      ...{ tenant: "warm-up", name: `warm-up-${index}`, spec, by, traceparent: undefined },
      idempotency: { key: `warm-up-${index}`, digest: "" },
    }));
    const transaction = db.transaction().execute(async (inside) => {
      await makeTogether(inside, creations);
      throw back;
    });
    await transaction.catch((error: unknown) => {
      if (error !== back) log.debug({ err: error }, "the database was not warmed up");
    });
  }
}
