import { createHmac } from "node:crypto";
import { fingerprintKey, fingerprintKeyFile } from "../automation/fingerprint.ts";
import type { OperationRequest } from "../automation/request.ts";
import type { Queries } from "../db/database.ts";
import type { OperationRow } from "../db/operations.ts";
import { isOfBlast } from "../db/blast.ts";
import { previewApplied } from "../db/previews.ts";
import type { Settings } from "../settings.ts";
import type { Oversight } from "./findings.ts";
import { limitsFor } from "./limits.ts";

/** A request with what it is held to: the platform's rules, and the plan that was approved, if one was. */
export async function withOversight(
  { db, settings }: { db: Queries; settings: Settings },
  operation: OperationRow,
  request: OperationRequest,
  built: boolean,
): Promise<OperationRequest> {
  if (operation.action === "delete") return request;
  const applied = request.action === "up" ? await previewApplied(db, operation.id) : undefined;
  const { approval, digest } = applied ?? {};
  const oversight: Oversight = {
    limits: await limitsFor(
      { db, settings },
      { tenant: operation.tenant, id: operation.pipeline_id },
    ),
    fingerprintKey: keyOf(settings.home, operation.stack),
    ...(approval == null || digest == null ? {} : { approved: { ...approval, digest } }),
  };
  // An update looks at the clouds first; what it would do is only known after the same look.
  // A blast radius asks what a program does, not what was changed by hand.
  const refresh =
    request.action === "preview" ? built && !(await isOfBlast(db, operation.id)) : request.refresh;
  return {
    ...request,
    ...(refresh === undefined ? {} : { refresh }),
    ...(operation.program === null ? {} : { program: operation.program }),
    oversight,
  };
}

/** A key for each stack: the same secret in two tenants' stacks has two fingerprints. */
function keyOf(home: string, stack: string): string {
  const key = fingerprintKey(fingerprintKeyFile(home));
  return createHmac("sha256", key).update(stack).digest("hex");
}
