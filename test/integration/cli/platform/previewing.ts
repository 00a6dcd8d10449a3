import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import type { OperationResult } from "../../../../service/automation/request.ts";
import type { RunEngine } from "../../../../service/operations/execute.ts";
import type { Findings } from "../../../../service/previews/findings.ts";
import { currentProgram } from "../../../../service/previews/program-digest.ts";
import { tinyProgram } from "../../service/harness.ts";

/** What a program of a test, that somebody wants to see the effect of, says that it does: by stack the steps, or why it fails. */
export type Effects = Readonly<Record<string, Readonly<Record<string, number>> | string>>;

/**
 * The fake engine, with what a real one finds out when it previews. `hold/` also holds a preview; another program than the service's
 * does what its export `effects` says.
 */
export function previewing(run: RunEngine, held: () => Promise<void>): RunEngine {
  return async (operation, options) => {
    const result = await run(operation, options);
    if (operation.action !== "preview") return result;
    if (operation.program !== undefined && operation.program !== tinyProgram) {
      return { ...result, ...(await underProgram(operation.program, operation.stack)) };
    }
    const config = operation.config["causeway:pipeline"]?.value ?? "";
    if (config.includes("hold/")) await held();
    return { ...result, findings: { preview: await found(config), drift: null, monthlyUsd: null } };
  };
}

async function underProgram(program: string, stack: string): Promise<Partial<OperationResult>> {
  const { effects } = (await import(pathToFileURL(program).href)) as { effects: Effects };
  const effect = effects[stack] ?? {};
  if (typeof effect !== "string") return { changes: { same: 12, ...effect } };
  const failure = { code: "program-failed", message: effect, resource: null, remedy: "mend it" };
  return { outcome: "failed", changes: null, outputs: null, failure };
}

async function found(config: string): Promise<NonNullable<Findings["preview"]>> {
  const hash = createHash("sha256").update(config).digest("hex");
  const urn = "urn:pulumi:acme.exports::causeway::aws:sqs/queue:Queue::queue";
  const change = { path: "prefix", kind: "update", before: '"a/"', after: '"b/"', secret: false };
  const step = { urn, type: "aws:sqs/queue:Queue", name: "queue", why: [], changes: [change] };
  return {
    digest: `sha256:${hash}`,
    result: {
      counts: { update: 1, same: 12 },
      steps: [{ op: "update", ...step }],
      cost: {
        currency: "USD",
        pricesAsOf: "2026-11-01",
        before: 18.2,
        after: 18.2,
        delta: 0,
        items: [{ what: "worker", before: 18.2, after: 18.2 }],
        assumptions: ["at rest"],
      },
      policy: { passed: true, violations: [] },
      drift: { resources: 0 },
    },
    approval: {
      plan: "",
      secrets: {},
      program: await currentProgram(tinyProgram),
      state: "",
      fingerprints: [],
    },
  };
}
