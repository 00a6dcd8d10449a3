import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { channel } from "./changes.ts";
import type { Answer, Question, WorkerData } from "./pglite-thread.ts";

/* The thread of an embedded database. Questions are answered in order. */
const { folder, conf } = workerData as WorkerData;
const tell = (answer: Answer): void => parentPort?.postMessage(answer);

const pglite = await PGlite.create(folder, { postgresqlconf: [...conf] });
await pglite.listen(channel, (topic) => tell({ topic }));
parentPort?.on("message", ({ id, query }: Question) => {
  void answer(query).then(
    (result) => tell({ id, result }),
    (error: unknown) => tell({ id, error: plain(error) }),
  );
});
tell({ id: 0, result: { rows: [] } });

async function answer(
  query: Question["query"],
): Promise<{ rows: unknown[]; affectedRows?: number }> {
  if (query === null) {
    await pglite.close();
    return { rows: [] };
  }
  const { rows, affectedRows } = await pglite.query(query.sql, [...query.parameters]);
  return { rows, ...(affectedRows === undefined ? {} : { affectedRows }) };
}

/** An error loses what it carries on its way between threads; the statement and its values stay here. */
function plain(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const told = Object.entries(error).filter(
    ([name, value]) => typeof value === "string" && name !== "query",
  );
  return { ...Object.fromEntries(told), message: error.message };
}
