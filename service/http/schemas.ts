import { z } from "zod";
import { PipelineName, PipelineSpec, TenantName } from "../../infra/spec/index.ts";
import { states } from "../../runtime/ledger/entry.ts";
import { pipelineStatuses } from "../pipelines/statuses.ts";

/** The shapes that the API answers with; OpenAPI and the presenters' types come from here. */

const moment = z.iso.datetime().meta({ description: "ISO 8601, UTC." });

export const FieldProblem = z
  .object({
    in: z.enum(["body", "query", "path", "header"]),
    pointer: z.string().meta({ description: "JSON pointer (RFC 6901) to what is wrong." }),
    detail: z.string().meta({ description: "What was expected, what was got, how to mend it." }),
  })
  .meta({ id: "FieldProblem" });

export const Problem = z
  .object({
    type: z.string().meta({ description: "urn:causeway:problem:KIND; stable." }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: "The request's id; also in x-request-id." }),
    help: z.string().meta({ description: "Where this service explains the kind." }),
    trace: z.string().optional().meta({ description: "Where traces are exported: its id." }),
    errors: z.array(FieldProblem).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457." });

export const OperationProblem = z
  .object({
    type: z.string(),
    title: z.string(),
    detail: z.string().meta({ description: "The cause, in the engine's or the cloud's words." }),
    code: z.string(),
    resource: z.string().nullable().meta({ description: "URN of the resource that failed." }),
    remedy: z.string(),
  })
  .meta({ id: "OperationProblem" });

const Counts = z
  .record(z.string(), z.int())
  .meta({ id: "Counts", description: "Resources by step: create, update, replace, delete, same." });

const PropertyChange = z
  .object({
    path: z.string(),
    kind: z.string(),
    before: z.string().nullable(),
    after: z.string().nullable(),
  })
  .meta({ id: "PropertyChange", description: "Values are JSON, cut short; secrets are [secret]." });

const PlannedStep = z
  .object({
    op: z.string(),
    urn: z.string(),
    type: z.string(),
    name: z.string(),
    changes: z.array(PropertyChange),
  })
  .meta({ id: "PlannedStep" });

export const Operation = z
  .object({
    name: z.string().meta({ description: "operations/ID" }),
    id: z.string(),
    metadata: z.object({
      tenant: z.string(),
      pipeline: z.string(),
      stack: z.string(),
      action: z.enum(["create", "update", "delete", "preview", "drift"]),
      generation: z.int(),
      state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]),
      attempts: z.int(),
      position: z
        .int()
        .nullable()
        .meta({ description: "While queued: how many operations of the stack come first." }),
      queue: z
        .object({
          position: z.int().meta({
            description: "How many of all operations that wait are taken before this one.",
          }),
          waitSeconds: z.int().nullable().meta({
            description:
              "About how long until it begins, by how long operations took of late; null when nothing is known.",
          }),
        })
        .nullable()
        .meta({
          description: "While queued, when the operation is read by itself; null otherwise.",
        }),
      cancelRequested: z.boolean(),
      createdAt: moment,
      startedAt: moment.nullable(),
      settledAt: moment.nullable(),
      seconds: z.number().nullable().meta({ description: "Wall time of the engine's run." }),
      counts: Counts.nullable(),
    }),
    done: z.boolean(),
    error: OperationProblem.optional(),
    response: z
      .object({
        summary: z
          .string()
          .meta({ description: "One sentence; `no changes` when there were none." }),
        counts: Counts,
        outputs: z.record(z.string(), z.unknown()).optional(),
        steps: z
          .array(PlannedStep)
          .optional()
          .meta({ description: "Of a preview: replacements and deletions first." }),
      })
      .optional(),
    links: z.object({
      self: z.string(),
      events: z.string(),
      pipeline: z.string(),
      preview: z.string().optional().meta({ description: "Of a preview: what it finds." }),
    }),
  })
  .meta({ id: "Operation", description: "A long-running change (AIP-151)." });
export type Operation = z.output<typeof Operation>;

export const OperationEvent = z
  .object({
    seq: z.int(),
    at: moment,
    kind: z.enum(["resource", "diagnostic", "summary", "note"]),
    urn: z.string().nullable(),
    type: z.string().nullable(),
    name: z.string().nullable(),
    op: z.string().nullable(),
    status: z.string().nullable(),
    severity: z.string().nullable(),
    message: z.string().nullable(),
    changes: z.array(PropertyChange),
  })
  .meta({ id: "OperationEvent" });

export const Pipeline = z
  .object({
    tenant: TenantName,
    name: PipelineName,
    generation: z.int(),
    deployedGeneration: z
      .int()
      .nullable()
      .meta({ description: "The generation last built whole; null before the first." }),
    spec: PipelineSpec,
    status: z
      .object({
        state: z.enum(pipelineStatuses),
        reason: z.string().meta({ description: "Why; never empty." }),
        operation: z.string().nullable(),
        notices: z.array(z.string()).meta({
          description:
            "What else is to be known, in sentences: that it expires soon, that a quota is used up.",
        }),
      })
      .meta({ id: "PipelineStatus" }),
    drift: z
      .object({ resources: z.int(), lookedAt: moment })
      .nullable()
      .meta({ description: "Resources changed by hand; null: nobody has looked yet." }),
    outputs: z.record(z.string(), z.unknown()).nullable(),
    createdAt: moment,
    updatedAt: moment,
    expiresAt: moment
      .nullable()
      .meta({ description: "When it is deleted, by its ttl; null: by nobody but people." }),
    removedAt: moment.nullable(),
    links: z.object({
      self: z.string(),
      runs: z.string(),
      operations: z.string(),
      drift: z.string(),
    }),
  })
  .meta({ id: "Pipeline" });
export type Pipeline = z.output<typeof Pipeline>;

const Sum = z
  .object({ objects: z.int().nullable(), bytes: z.int().nullable() })
  .meta({ id: "Sum", description: "null: not known yet." });

const FailureGroup = z.object({
  state: z.enum(["failed", "held"]),
  class: z.string().nullable(),
  action: z.string().nullable(),
  target: z.string(),
  objects: z.int(),
  sample: z.object({ key: z.string(), reason: z.string().nullable() }),
});

export const Run = z
  .object({
    id: z.string(),
    tenant: z.string(),
    pipeline: z.string(),
    state: z.enum(["open", "complete", "incomplete"]).meta({
      description:
        "open: still counting. complete: the books are closed and nothing failed or is held. incomplete: closed, with objects failed or held.",
    }),
    openedAt: moment,
    closedAt: moment.nullable(),
    waiting: z
      .int()
      .nullable()
      .meta({ description: "Hints in the queue when last seen; null when that is not known." }),
    totals: z
      .object({
        objects: z.int().nullable(),
        bytes: z.int().nullable(),
        ...Object.fromEntries(states.map((state) => [state, Sum])),
      })
      .meta({
        description: "Each (key, target) once, by its last state: the states add up to objects.",
      }),
    failures: z.array(FailureGroup),
    problems: z
      .array(
        z.object({
          class: z.string(),
          action: z.string().nullable(),
          resource: z.string().nullable(),
          message: z.string(),
          count: z.int(),
          firstAt: moment,
          lastAt: moment,
        }),
      )
      .meta({ description: "Trouble that is the pipeline's rather than an object's." }),
    updatedAt: moment,
    links: z.object({ self: z.string(), objects: z.string(), events: z.string() }),
  })
  .meta({ id: "Run" });

export const RunObject = z
  .object({
    key: z.string(),
    target: z.string(),
    name: z.string().nullable(),
    state: z.enum(states),
    reason: z.string().nullable(),
    class: z.string().nullable(),
    action: z.string().nullable(),
    pin: z.string().nullable(),
    size: z.int().nullable(),
    how: z
      .string()
      .nullable()
      .meta({ description: "stream: through the worker; url: read by the target's cloud." }),
    why: z.string().nullable().meta({ description: "Why not by URL." }),
    bytesRead: z.int().nullable().meta({ description: "Bytes that passed through the worker." }),
    checksum: z
      .object({ algorithm: z.string(), value: z.string(), basis: z.string() })
      .nullable()
      .meta({ description: "What proved the copy equal, and where that value came from." }),
    run: z.string().nullable().meta({ description: "The scan that found it; null for a hint." }),
    at: moment,
    seconds: z.number().nullable(),
    attempts: z.int().nullable(),
    generation: z.int().nullable(),
  })
  .meta({
    id: "RunObject",
    description: "A line of the run's ledger: the last about its key and target.",
  });

export const ArrivalAnswer = z
  .object({
    answer: z.enum(["yes", "no", "unknown"]),
    asOf: moment,
    why: z.string().meta({ description: "In one sentence." }),
    basis: z
      .union([
        z.object({
          kind: z.literal("scan"),
          run: z.string(),
          openedAt: moment,
          listedAt: moment,
        }),
        z.object({ kind: z.literal("hints"), restedAt: moment }),
        z.object({ kind: z.literal("none"), why: z.string() }),
      ])
      .meta({ description: "What the answer rests on." }),
    notArrived: z.object({
      objects: z.int(),
      bytes: z.int(),
      groups: z.array(FailureGroup),
      keys: z.array(RunObject).meta({ description: "The first of them." }),
    }),
  })
  .meta({ id: "Arrival" });

export const Scan = z
  .object({
    id: z.string(),
    state: z
      .enum([
        "asked",
        "listing",
        "settling",
        "deleting",
        "complete",
        "held",
        "incomplete",
        "failed",
        "skipped",
      ])
      .meta({
        description:
          "complete: every key found is settled. held: so are they, but deletions wait for somebody's word. incomplete: parts are missing. failed: it could not be listed. skipped: another was at work.",
      }),
    reason: z.string().nullable(),
    startedAt: moment.nullable(),
    closedAt: moment.nullable(),
    targets: z.array(
      z.object({
        target: z.string(),
        found: z.object({ objects: z.int(), bytes: z.int() }),
        states: z.record(z.string(), z.object({ objects: z.int(), bytes: z.int() })),
        deletions: z.object({
          wanted: z.int(),
          held: z.string().nullable().meta({ description: "Why they were not carried out." }),
        }),
      }),
    ),
    links: z.object({ self: z.string() }),
  })
  .meta({ id: "Scan", description: "A comparison of source and target by their listings." });

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
