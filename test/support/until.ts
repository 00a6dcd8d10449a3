import { setTimeout as sleep } from "node:timers/promises";

/** Looks until `look` gives something; fails after `seconds`, saying what was waited for and what was last seen. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  { seconds = 30, everyMs = 100, seen }: Patience = {},
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) {
      const last = seen === undefined ? "" : ` Last seen: ${JSON.stringify(seen())}`;
      throw new Error(`Waited ${seconds} s for ${what}.${last}`);
    }
    await sleep(everyMs);
  }
}

interface Patience {
  readonly seconds?: number;
  readonly everyMs?: number;
  readonly seen?: () => unknown;
}
