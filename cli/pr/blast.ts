import type { Blast } from "./report.ts";

/** What a change of the program does to every pipeline that stands: the service runs the program that it was started with, so it cannot say. */
export function blastOf(): Promise<Blast> {
  const detail =
    "The service previews with the program that it runs, not with this pull request's.";
  return Promise.resolve({ kind: "unknown", detail });
}
