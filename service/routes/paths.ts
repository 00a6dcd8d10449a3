import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { PipelineName, TenantName } from "../../infra/spec/index.ts";

/** Path parameters that several endpoints share. */
export const tenantPath = fields({ tenant: TenantName });
export const pipelinePath = fields({ tenant: TenantName, name: PipelineName });
const id = (what: string) =>
  z
    .string()
    .min(1)
    .max(64)
    .meta({ description: `Id of ${what}.` });
export const blastPath = fields({ blast: id("a blast radius") });
export const previewPath = fields({ preview: id("a preview") });
export const operationPath = fields({ operation: id("an operation") });
export const scanPath = fields({
  tenant: TenantName,
  name: PipelineName,
  scan: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/)
    .meta({ description: "Id of a scan." }),
});
export const runPath = fields({ tenant: TenantName, name: PipelineName, run: id("a run") });

const tokenId = z
  .string()
  .regex(/^[0-9a-z]{20}$/, "Expected the id of a machine token: 20 letters and digits.")
  .meta({ description: "Id of a machine token, not the token itself." });
export const tenantTokenPath = fields({ tenant: TenantName, token: tokenId });
export const operatorTokenPath = fields({ token: tokenId });

/** Headers of changes that may be sent again. */
export const idempotencyHeader = {
  "Idempotency-Key":
    "1 to 255 printable characters. The same key with the same request within 24 hours gives the same operation; with another request it is refused.",
};
export const ifMatchHeader = {
  "If-Match": "An ETag of the pipeline; refused with 412 when its generation has changed since.",
};
