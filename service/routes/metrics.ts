import { fields } from "../../infra/spec/fields.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";

export const metrics = endpoint({
  method: "get",
  path: "/metrics",
  operationId: "metrics",
  summary: "What the service counts, for Prometheus",
  description:
    "Operators only; a scraper without a token is served at CAUSEWAY_METRICS_PORT, on an address of its own.",
  access: "operator",
  params: fields({}),
  query: noQuery,
  answers: {
    200: { description: "Prometheus text format.", contentType: "text/plain" },
  },
  problems: [],
  handle: async (_request, context) => {
    const text = await context.metrics.exposition();
    return {
      status: 200,
      headers: { "content-type": context.metrics.contentType },
      stream: (response) => {
        response.end(text);
        return Promise.resolve();
      },
    };
  },
});
