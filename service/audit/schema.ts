import { z } from "zod";

const digest = z.string().nullable();

/** A line of the audit log, as it is answered, exported and hashed. */
export const AuditEntry = z
  .object({
    seq: z.int(),
    at: z.iso.datetime().meta({ description: "ISO 8601, UTC." }),
    principal: z.object({ id: z.string(), name: z.string(), kind: z.string() }),
    action: z.string().meta({ description: "Such as pipeline.create or token.revoke." }),
    outcome: z.enum(["done", "refused"]),
    tenant: z.string().nullable().meta({ description: "null: of the service as a whole." }),
    target: z.string(),
    detail: z.string().nullable(),
    before: digest.meta({ description: "Digest of what was there before; null: nothing." }),
    after: digest.meta({ description: "Digest of what was there afterwards; null: nothing." }),
    requestId: z.string().nullable(),
    from: z.string().nullable().meta({ description: "The address the request came from." }),
    previous: z.string().meta({ description: "The hash of the entry before." }),
    hash: z.string(),
  })
  .meta({ id: "AuditEntry", description: "Who did what, when and from where." });
