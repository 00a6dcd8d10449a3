import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Health } from "./health.ts";

const BEAT_MS = 5_000;
/** A beat older than this is a worker that hangs. */
const STALE_MS = 30_000;

/** Writes the worker's health to a file every five seconds. Returns how to end it. */
export function startBeat(
  file: string,
  health: () => Health,
  onTrouble: (error: unknown) => void,
): () => void {
  let told = false;
  const beat = (): void => {
    try {
      writeFileSync(file, JSON.stringify({ at: Date.now(), pid: process.pid, ...health() }), {
        mode: 0o600,
      });
    } catch (error) {
      if (!told) onTrouble(error);
      told = true;
    }
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    rmSync(file, { force: true });
  };
}

/** What `--health` says: an exit code and a line. */
export function checkBeat(
  file: string,
  now: number = Date.now(),
): { readonly exitCode: 0 | 1; readonly line: string } {
  let beat: { at?: number; status?: string };
  try {
    beat = JSON.parse(readFileSync(file, "utf8")) as typeof beat;
  } catch (error) {
    return { exitCode: 1, line: `No worker beats here: ${(error as Error).message}` };
  }
  const age = now - (beat.at ?? 0);
  if (age > STALE_MS) {
    return { exitCode: 1, line: `The worker has not beaten for ${Math.round(age / 1000)} s.` };
  }
  return beat.status === "ok"
    ? { exitCode: 0, line: "The worker is well." }
    : { exitCode: 1, line: `The worker is ${beat.status ?? "of unknown health"}.` };
}
