import { workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";

/*
 * A worker thread that makes the files of a new embedded database and ends: what the making takes (some 200 MB) is given back with the thread.
 */
const { folder, conf } = workerData as { folder: string; conf: string[] };
const pglite = await PGlite.create(folder, { postgresqlconf: conf });
await pglite.close();
