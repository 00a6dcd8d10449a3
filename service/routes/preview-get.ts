import type { Need, Principal } from "../auth/principal.ts";
import type { Queries } from "../db/database.ts";
import { findPreview, type PreviewRow } from "../db/previews.ts";
import { endpoint } from "../http/endpoint.ts";
import { etagOver } from "../http/etag.ts";
import { noQuery } from "../http/page.ts";
import { notFound } from "../http/problem.ts";
import { previewHeld } from "../previews/apply.ts";
import { lookUpPreview } from "../previews/look-up.ts";
import { Preview } from "../previews/schema.ts";
import { previewPath } from "./paths.ts";

export const previewGet = endpoint({
  method: "get",
  path: "/v1/previews/{preview}",
  access: "signed-in",
  operationId: "getPreview",
  summary: "Read a preview",
  description:
    "What would change, what it costs, what the rules say, and whether it can still be applied.",
  params: previewPath,
  query: noQuery,
  answers: {
    200: { description: "The preview.", schema: Preview, headers: { ETag: "For If-Match." } },
  },
  problems: ["not-found"],
  handle: async ({ params, principal }, context) => {
    const row = await previewOr404(context.db, params.preview, principal, "read");
    const body = await lookUpPreview(context, row);
    const later = body.state === "running" ? { "retry-after": "1" } : {};
    return { status: 200, body, headers: { etag: etagOver(previewHeld(row), body), ...later } };
  },
});

/** @throws RequestProblem `not-found`, also for what one may not know of; `forbidden` */
export async function previewOr404(
  db: Queries,
  id: string,
  principal: Principal,
  need: Need,
): Promise<PreviewRow> {
  const row = await findPreview(db, id);
  if (row === undefined) throw notFound(`preview ${id}`);
  principal.require(row.tenant, need, `preview ${id}`);
  return row;
}
