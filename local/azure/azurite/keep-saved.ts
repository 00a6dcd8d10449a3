import { setTimeout as wait } from "node:timers/promises";
import type { AzuriteServer, LokiDatabase } from "./protocol.ts";

const intervalMs = 100;
/** A save writes the whole database, so big ones are saved less often: at most this share of the time. */
const share = 0.1;

/**
 * Azurite writes its databases every five seconds, so a killed process forgets blobs that were acknowledged
 * up to five seconds before. This narrows the window to a tenth of a second while the databases are small.
 * Extents are saved first: a blob must never refer to an extent that a restarted Azurite does not know.
 */
export function keepSaved(server: AzuriteServer): { flush(): Promise<void>; stop(): void } {
  const databases = [server.extentMetadataStore.db, server.metadataStore.db];
  const stopped = new AbortController();
  const flush = async (): Promise<void> => {
    for (const database of databases) if (database.autosaveDirty()) await save(database);
  };
  const loop = async (): Promise<void> => {
    let pause = intervalMs;
    for (;;) {
      await wait(pause, undefined, { signal: stopped.signal, ref: false });
      const start = performance.now();
      // A full disk is reported by the write that hits it; the next round tries again.
      await flush().catch(() => undefined);
      pause = Math.max(intervalMs, (performance.now() - start) / share);
    }
  };
  void loop().catch(() => undefined);
  return { flush, stop: () => stopped.abort() };
}

function save(database: LokiDatabase): Promise<void> {
  return new Promise((resolve, reject) => {
    database.saveDatabase((error) => (error ? reject(error) : resolve()));
  });
}
