import { fields } from "../../infra/spec/fields.ts";
import { audit } from "../audit/record.ts";
import { sortableId } from "../db/ids.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { Scan } from "../http/schemas.ts";
import { askForScan } from "../runs/scans.ts";
import { pipelinePath } from "./paths.ts";
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
  answers: {
    202: {
      description: "The workers are asked.",
      schema: Scan,
      headers: { Location: "Where the scan is." },
    },
  },
  problems: ["not-found", "unavailable"],
  handle: async ({ params, principal, requestId, from, log }, context) => {
    const places = await builtPlaces(context.db, params);
    const id = sortableId("scan");
    await fromClouds(log, "The workers cannot be asked now", () =>
      askForScan(context.sources, places, id),
    );
    await context.db.transaction().execute((transaction) =>
      audit(transaction, {
        ...{ principal, requestId, from, tenant: params.tenant },
        action: "scan.create",
        target: `pipelines/${params.name}`,
        detail: id,
      }),
    );
    const self = `/v1/tenants/${params.tenant}/pipelines/${params.name}/scans/${id}`;
    const asked = { state: "asked", reason: null, startedAt: null, closedAt: null, targets: [] };
    return { status: 202, body: { id, ...asked, links: { self } }, headers: { location: self } };
  },
});
