import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { listPreviews } from "../db/previews.ts";
import { endpoint } from "../http/endpoint.ts";
import { fromCursor, pageQuery, toCursor } from "../http/page.ts";
import { pageOf } from "../http/schemas.ts";
import { lookUpPreview } from "../previews/look-up.ts";
import { Preview } from "../previews/schema.ts";
import { pipelinePath } from "./paths.ts";

export const previewList = endpoint({
  method: "get",
  path: "/v1/tenants/{tenant}/pipelines/{name}/previews",
  access: { tenant: "read" },
  operationId: "listPreviews",
  summary: "List a pipeline's previews, newest first",
  description: "Also those of a pipeline that does not exist yet. Steps are left out; read one.",
  params: pipelinePath,
  query: fields(pageQuery),
  answers: { 200: { description: "A page of previews.", schema: pageOf(Preview) } },
  problems: [],
  handle: async ({ params, query }, context) => {
    const rows = await listPreviews(context.db, {
      tenant: params.tenant,
      pipeline: params.name,
      limit: query.limit,
      after: fromCursor(z.string(), query.cursor),
    });
    const shown = rows.slice(0, query.limit);
    const items = [];
    for (const row of shown) items.push({ ...(await lookUpPreview(context, row)), steps: [] });
    const last = rows.length > query.limit ? shown.at(-1) : undefined;
    const nextCursor = last === undefined ? null : toCursor(last.id);
    return { status: 200, body: { items, nextCursor } };
  },
});
