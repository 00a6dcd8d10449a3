import { GroupProcess, pause } from "./process.ts";
import type { Health, HealthCheck } from "./rows.ts";

export interface Watch {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly check: HealthCheck;
  /** Ends the watch. */
  readonly over: AbortSignal;
  readonly onChange: (health: Health) => void;
}

/** Until the first success, checks come sooner than the interval: the start of a task is not to wait for them. */
const FIRST_MS = 250;

/**
 * Runs a container's health check again and again. Failures before the start period and one interval are over
 * do not count; so many in a row as `retries` says make it unhealthy, one success healthy.
 */
export function watchHealth(watch: Watch): void {
  void follow(watch);
}

async function follow(watch: Watch): Promise<void> {
  const { check, over } = watch;
  const started = Date.now();
  let health: Health = "UNKNOWN";
  let failures = 0;
  for (let wait = FIRST_MS; ; wait = Math.min(wait * 2, check.interval * 1000)) {
    await pause(health === "UNKNOWN" ? wait : check.interval * 1000, over);
    if (over.aborted) return;
    const passed = await runOnce(watch);
    if (isOver(over)) return;
    const early = Date.now() - started < (check.startPeriod + check.interval) * 1000;
    failures = passed || (early && health === "UNKNOWN") ? 0 : failures + 1;
    const next: Health = passed ? "HEALTHY" : failures >= check.retries ? "UNHEALTHY" : health;
    if (next !== health) watch.onChange(next);
    health = next;
  }
}

function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Exit code 0 within the timeout. */
async function runOnce({ argv, env, folder, check, over }: Watch): Promise<boolean> {
  try {
    const process = await GroupProcess.start({ argv, env, folder, onOutput: () => undefined });
    const ended = new AbortController();
    void process.ended.then(() => ended.abort());
    await pause(check.timeout * 1000, AbortSignal.any([ended.signal, over]));
    if (!ended.signal.aborted) process.signal("SIGKILL");
    return (await process.ended) === 0;
  } catch {
    return false;
  }
}
