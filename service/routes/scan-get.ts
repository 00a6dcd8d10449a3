import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { notFound } from "../http/problem.ts";
import { Scan } from "../http/schemas.ts";
import { readScan } from "../runs/scans.ts";
import { scanPath } from "./paths.ts";
import { builtPlaces, fromClouds } from "./pipeline-places.ts";

export const scanGet = endpoint({
  method: "get",
  path: "/v1/tenants/{tenant}/pipelines/{name}/scans/{scan}",
  access: { tenant: "read" },
  operationId: "getScan",
  summary: "How a scan is going, or how it ended",
  params: scanPath,
  query: noQuery,
  answers: { 200: { description: "The scan.", schema: Scan } },
  problems: ["not-found", "unavailable"],
  handle: async ({ params, log }, context) => {
    const places = await builtPlaces(context.db, params);
    const scan = await fromClouds(log, "The ledger cannot be read now", () =>
      readScan(context.sources, places, params.scan),
    );
    if (scan === undefined) {
      throw notFound(`scan ${params.scan} of ${params.name} (no worker has taken it up yet)`);
    }
    const self = `/v1/tenants/${params.tenant}/pipelines/${params.name}/scans/${params.scan}`;
    return { status: 200, body: { ...scan, links: { self } } };
  },
});
