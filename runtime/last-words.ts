import { BadJob } from "./errors.ts";
import { scrub } from "./secrets.ts";

/** Writes why the worker could not work, as a log line without secrets. Returns the exit code: 2 for what whoever deployed it must mend. */
export function lastWords(error: unknown): 1 | 2 {
  const msg = scrub(error instanceof Error ? error.message : String(error));
  const known = error instanceof BadJob;
  const stack = known || !(error instanceof Error) ? {} : { stack: scrub(error.stack ?? "") };
  console.error(JSON.stringify({ level: 60, time: Date.now(), msg, ...stack }));
  return known ? 2 : 1;
}
