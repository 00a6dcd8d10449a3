import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { PipelineName, TenantName } from "../../infra/spec/index.ts";
import { listOperations } from "../db/operations.ts";
import { endpoint } from "../http/endpoint.ts";
import { fromCursor, page, pageQuery } from "../http/page.ts";
import { Operation, pageOf } from "../http/schemas.ts";
import { presentOperation } from "../operations/present.ts";

export const operationList = endpoint({
  method: "get",
  path: "/v1/operations",
  access: "signed-in",
  operationId: "listOperations",
  summary: "List operations that you may read, newest first",
  params: fields({}),
  query: fields({
    ...pageQuery,
    tenant: TenantName.optional(),
    pipeline: PipelineName.optional(),
    action: z.enum(["create", "update", "delete", "preview", "drift"]).optional(),
    state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]).optional(),
  }),
  answers: { 200: { description: "A page of operations.", schema: pageOf(Operation) } },
  problems: ["not-found"],
  handle: async ({ query, principal }, { db }) => {
    if (query.tenant !== undefined) principal.require(query.tenant, "read");
    const rows = await listOperations(db, {
      limit: query.limit,
      after: fromCursor(z.string(), query.cursor),
      tenant: query.tenant,
      tenants: principal.tenants(),
      pipeline: query.pipeline,
      state: query.state,
      action: query.action,
    });
    const body = page(
      rows,
      query.limit,
      (row) => row.id,
      (row) => presentOperation(row),
    );
    return { status: 200, body };
  },
});
