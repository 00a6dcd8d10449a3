import { Client } from "pg";
import { channel, type Changes } from "./changes.ts";

const againAfterMs = 1_000;

/**
 * Listens on a connection of its own, and takes another when it breaks; meanwhile watches look by themselves.
 * @returns a function that ends it.
 */
export function listenOnPostgres(url: string, changes: Changes): () => Promise<void> {
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const connect = async (): Promise<void> => {
    const mine = new Client({ connectionString: url, keepAlive: true });
    client = mine;
    const lost = (): void => {
      if (client !== mine) return;
      client = undefined;
      changes.told = false;
      void mine.end().catch(() => undefined);
      if (!ended) timer = setTimeout(() => void connect(), againAfterMs);
    };
    mine.on("error", lost);
    mine.on("end", lost);
    mine.on("notification", ({ payload = "" }) => changes.heard(payload));
    try {
      await mine.connect();
      await mine.query(`listen ${channel}`);
      if (client === mine) changes.told = true;
    } catch {
      lost();
    }
  };
  void connect();
  return async () => {
    ended = true;
    clearTimeout(timer);
    const last = client;
    client = undefined;
    await last?.end().catch(() => undefined);
  };
}
