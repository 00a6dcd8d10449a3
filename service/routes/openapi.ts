import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { endpoint, type Endpoint } from "../http/endpoint.ts";
import { openApiOf } from "../http/openapi.ts";
import { noQuery } from "../http/page.ts";

/** The description of the endpoints, this one included. */
export function openapi(others: readonly Endpoint[]): Endpoint {
  const self: Endpoint = endpoint({
    method: "get",
    path: "/openapi.json",
    operationId: "openapi",
    summary: "This description, OpenAPI 3.1",
    access: "public",
    params: fields({}),
    query: noQuery,
    answers: { 200: { description: "OpenAPI 3.1.", schema: z.record(z.string(), z.unknown()) } },
    problems: [],
    handle: () => {
      document ??= openApiOf([...others, self]);
      return Promise.resolve({ status: 200, body: document });
    },
  });
  let document: object | undefined;
  return self;
}
