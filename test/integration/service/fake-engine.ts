import type { OperationResult } from "../../../service/automation/request.ts";
import type { RunEngine } from "../../../service/operations/execute.ts";

function done(more: Partial<OperationResult> = {}): OperationResult {
  const outputs = { values: { sourceBucket: "b" }, secretNames: ["sas"] };
  const counts = { create: 1 };
  const common = { failure: null, seconds: 0.1, forced: false };
  return { outcome: "succeeded", changes: counts, outputs, ...common, ...more };
}

/** An engine that does what the prefix says: `hold/` waits until it is cancelled or released, `fail/` fails, anything else succeeds at once. */
export function fakeEngine() {
  const asked: string[] = [];
  const held = new Set<() => void>();
  let isNextLetGo = false;
  const run: RunEngine = async (operation, { signal, onEvent }) => {
    asked.push(`${operation.action} ${operation.stack}`);
    const config = operation.config["causeway:pipeline"]?.value ?? "{}";
    const { prefix } = (JSON.parse(config) as { spec: { source: { prefix: string } } }).spec.source;
    onEvent({ kind: "summary", at: new Date().toISOString(), counts: { create: 1 } });
    if (operation.action === "up" && prefix === "fail/") {
      const failure = { code: "resource-failed", message: "no", resource: "urn", remedy: "mend" };
      return done({ outcome: "failed", failure, outputs: null });
    }
    if (operation.action === "up" && prefix === "hold/") {
      const { promise, resolve } = Promise.withResolvers<"released" | "aborted">();
      if (isNextLetGo) resolve("released");
      else held.add(() => resolve("released"));
      isNextLetGo = false;
      if (signal?.aborted === true) resolve("aborted");
      signal?.addEventListener("abort", () => resolve("aborted"));
      if ((await promise) === "aborted") {
        const failure = { code: "cancelled", message: "stopped", resource: null, remedy: "" };
        return done({ outcome: "cancelled", failure, outputs: null });
      }
    }
    return done();
  };
  // An operation counts as running a moment before the engine is asked for it.
  const release = (): void => {
    isNextLetGo = held.size === 0;
    for (const go of held) go();
    held.clear();
  };
  return { run, asked, release };
}
