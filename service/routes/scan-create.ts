import { fields } from "../../infra/spec/fields.ts";
import { audit } from "../audit/record.ts";
import { dropKey } from "../db/idempotency.ts";
import { sortableId } from "../db/ids.ts";
import { requireBytesLeft } from "../governance/enforce.ts";
import { endpoint } from "../http/endpoint.ts";
import { once } from "../http/once.ts";
import { noQuery } from "../http/page.ts";
import { Scan } from "../http/schemas.ts";
import { askForScan } from "../runs/scans.ts";
import { idempotencyHeader, pipelinePath } from "./paths.ts";
import { builtPlaces, fromClouds } from "./pipeline-places.ts";

export const scanCreate = endpoint({
  method: "post",
  path: "/v1/tenants/{tenant}/pipelines/{name}/scans",
  access: { tenant: "write" },
  operationId: "createScan",
  summary: "Compare source and target now",
  description:
    "Asks the pipeline's workers for a scan: what hints have missed is copied, and where deletes are mirrored what is gone is deleted, under the cap. While another scan is at work it is skipped, and says so.",
  params: pipelinePath,
  query: noQuery,
  body: fields({}).prefault({}).meta({ id: "NewScan" }),
  headers: idempotencyHeader,
  answers: {
    202: {
      description: "The workers are asked.",
      schema: Scan,
      headers: { Location: "Where the scan is." },
    },
  },
  problems: ["not-found", "unavailable", "key-reused", "quota-exceeded"],
  handle: async ({ params, body, header, principal, requestId, from, log }, context) => {
    const places = await builtPlaces(context.db, params);
    const { tenant, name } = params;
    const key = header("idempotency-key");
    const what = ["POST", "scans", params, body];
    const { id, isNew } = await context.db.transaction().execute((transaction) =>
      once(
        transaction,
        { scope: tenant, key, what },
        {
          first: () => Promise.resolve({ id: sortableId("scan"), isNew: true }),
          idOf: (scan) => scan.id,
          again: (scan) => Promise.resolve({ id: scan, isNew: false }),
        },
      ),
    );
    if (isNew) {
      try {
        await requireBytesLeft(context.db, tenant);
        await fromClouds(log, "The workers cannot be asked now", () =>
          askForScan(context.sources, places, id),
        );
      } catch (error) {
        if (key !== undefined) await dropKey(context.db, tenant, key);
        throw error;
      }
      await context.db.transaction().execute((transaction) =>
        audit(transaction, {
          ...{ principal, requestId, from, tenant },
          action: "scan.create",
          target: `pipelines/${name}`,
          detail: id,
        }),
      );
    }
    const self = `/v1/tenants/${tenant}/pipelines/${name}/scans/${id}`;
    const asked = { state: "asked", reason: null, startedAt: null, closedAt: null, targets: [] };
    return { status: 202, body: { id, ...asked, links: { self } }, headers: { location: self } };
  },
});
