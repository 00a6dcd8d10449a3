const spec = {
  kind: "copy",
  source: { type: "s3", prefix: "exports/" },
  targets: [{ type: "azure-blob", prefix: "landing/" }],
};
const operation = "op_01kaqz3v5c8x2m9tq4h7";
const pipeline = "/v1/tenants/acme/pipelines/daily-exports";
const at = "2026-11-20T02:00:00.000Z";
const urn =
  "urn:pulumi:acme.daily-exports::causeway::causeway:pipelines:CopyPipeline$aws:s3/bucketV2:BucketV2::source";

/** An example for each of the schemas that people meet first, by the schema's name; a test holds them against the schemas. */
export const examples: Readonly<Record<string, unknown>> = {
  NewPipeline: { name: "daily-exports", spec },
  ChangedPipeline: { spec },
  NewPreview: { spec },
  NewOperatorToken: { name: "operations", days: 7 },
  NewToken: { name: "ci", role: "writer", days: 30 },
  Problem: {
    type: "urn:causeway:problem:invalid-request",
    title: "The request is not what this endpoint takes",
    status: 400,
    detail: '/spec/sorce: There is no field "sorce" here. Did you mean "source"?',
    instance: "urn:causeway:request:9f0c1a2e",
    help: "/problems/invalid-request",
    errors: [
      {
        in: "body",
        pointer: "/spec/sorce",
        detail: 'There is no field "sorce" here. Did you mean "source"?',
      },
    ],
  },
  OperationProblem: {
    type: "urn:causeway:problem:operation-failed",
    title: "The create failed",
    detail: "BucketAlreadyExists: The requested bucket name is not available.",
    code: "resource-failed",
    resource: urn,
    remedy: "Mend the cause, then PUT the spec again.",
  },
  Operation: {
    name: `operations/${operation}`,
    id: operation,
    metadata: {
      tenant: "acme",
      pipeline: "daily-exports",
      stack: "acme.daily-exports",
      action: "create",
      generation: 1,
      state: "succeeded",
      attempts: 1,
      position: null,
      queue: null,
      cancelRequested: false,
      createdAt: at,
      startedAt: at,
      settledAt: "2026-11-20T02:00:41.000Z",
      seconds: 40.2,
      counts: { create: 38 },
    },
    done: true,
    response: { summary: "create 38", counts: { create: 38 } },
    links: {
      self: `/v1/operations/${operation}`,
      events: `/v1/operations/${operation}/events`,
      pipeline,
    },
  },
  OperationEvent: {
    seq: 17,
    at,
    kind: "resource",
    urn,
    type: "aws:s3/bucketV2:BucketV2",
    name: "source",
    op: "create",
    status: "done",
    severity: null,
    message: null,
    changes: [],
  },
};
