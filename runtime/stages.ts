import { setMaxListeners } from "node:events";

/** A worker ends in stages: it stops receiving, then looking, then speaking to the queue and the ledger. */
export class Stages {
  readonly receiving = controller();
  readonly looking = controller();
  readonly speaking = controller();
}

function controller(): AbortController {
  const made = new AbortController();
  // Every request listens, and takes its listener off again.
  setMaxListeners(0, made.signal);
  return made;
}

/** Resolves to the signal that asks the process to end. */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("SIGINT", () => resolve("SIGINT"));
  });
}
