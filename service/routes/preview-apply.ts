import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { Operation } from "../http/schemas.ts";
import { applyPreview } from "../previews/apply.ts";
import { currentProgram } from "../previews/program-digest.ts";
import { answerWithOperation } from "./change.ts";
import { idempotencyHeader, previewPath } from "./paths.ts";
import { previewOr404 } from "./preview-get.ts";

export const previewApply = endpoint({
  method: "post",
  path: "/v1/previews/{preview}/apply",
  access: "signed-in",
  operationId: "applyPreview",
  summary: "Do exactly what a preview showed",
  description:
    "Queues the operation that carries out the preview's plan: the engine refuses every step that is not in it. When the world has moved since, nothing is done and the answer says what has moved. A preview is applied once.",
  params: previewPath,
  query: noQuery,
  body: fields({
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, "Expected sha256: and 64 hexadecimal digits.")
      .optional()
      .meta({ description: "The digest that was approved; another one is refused." }),
  })
    .prefault({})
    .meta({ id: "PreviewApproval" }),
  headers: {
    ...idempotencyHeader,
    "If-Match": "An ETag of the preview; refused with 412 when it shows something else by now.",
  },
  answers: {
    202: {
      description: "The operation is queued or under way.",
      schema: Operation,
      headers: { Location: "Where the operation is." },
    },
    200: { description: "With an Idempotency-Key: it had been done before.", schema: Operation },
  },
  problems: [
    "not-found",
    "conflict",
    "outdated",
    "precondition-failed",
    "policy-violation",
    "key-reused",
  ],
  handle: async (request, context) => {
    const { params, body, header, principal } = request;
    const { tenant } = await previewOr404(context.db, params.preview, principal, "write");
    const program = await currentProgram(context.settings.program);
    return answerWithOperation(
      context,
      {
        tenant,
        by: request,
        action: "preview.apply",
        what: ["POST", "apply", params, body],
        idempotencyKey: header("idempotency-key"),
      },
      (transaction) =>
        applyPreview(transaction, {
          id: params.preview,
          digest: body.digest,
          ifMatch: header("if-match"),
          by: principal,
          program,
        }),
    );
  },
});
