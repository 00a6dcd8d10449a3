import { createHash } from "node:crypto";
import type { RunEngine } from "../../../../service/operations/execute.ts";
import type { Findings } from "../../../../service/previews/findings.ts";
import { currentProgram } from "../../../../service/previews/program-digest.ts";
import { tinyProgram } from "../../service/harness.ts";

/** The fake engine, with what a real one finds out when it previews. `hold/` also holds a preview. */
export function previewing(run: RunEngine, held: () => Promise<void>): RunEngine {
  return async (operation, options) => {
    const result = await run(operation, options);
    if (operation.action !== "preview") return result;
    const config = operation.config["causeway:pipeline"]?.value ?? "";
    if (config.includes("hold/")) await held();
    return { ...result, findings: { preview: await found(config), drift: null, monthlyUsd: null } };
  };
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
