import { setMaxListeners } from "node:events";

/** How long what is in flight may take to finish after the first signal, in milliseconds. */
export const GRACE_MS = 10_000;

/** Signals of a run, from gentle to hard. */
export interface Stop {
  /** Nothing new is taken up. */
  readonly draining: AbortSignal;
  /** What is in flight ends as well. */
  readonly aborting: AbortSignal;
  /** By which signal, once there was one. */
  readonly by: () => string | undefined;
  /** Stops from within: a budget that is reached. */
  drain(): void;
  end(): void;
}

/** The first SIGINT or SIGTERM lets what is in flight finish for a while, the second ends the process at once. */
export function listenToSignals(onStop: (signal: string) => void, graceMs = GRACE_MS): Stop {
  const draining = controller();
  const aborting = controller();
  let by: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const drain = (): void => {
    draining.abort();
    timer ??= setTimeout(() => aborting.abort(), graceMs).unref();
  };
  const heard = (signal: NodeJS.Signals): void => {
    if (by !== undefined) process.exit(130);
    by = signal;
    onStop(signal);
    drain();
  };
  process.on("SIGINT", heard);
  process.on("SIGTERM", heard);
  return {
    draining: draining.signal,
    aborting: aborting.signal,
    by: () => by,
    drain,
    end: () => {
      clearTimeout(timer);
      process.off("SIGINT", heard);
      process.off("SIGTERM", heard);
    },
  };
}

function controller(): AbortController {
  const made = new AbortController();
  // Every request in flight listens.
  setMaxListeners(0, made.signal);
  return made;
}
