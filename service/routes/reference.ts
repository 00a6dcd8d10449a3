import { fields } from "../../infra/spec/fields.ts";
import { endpoint, type Endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { referencePage } from "../reference/page.ts";

/** The API's reference for people, from the same description. */
export function reference(describe: () => object): Endpoint {
  let page: string | undefined;
  return endpoint({
    method: "get",
    path: "/docs",
    operationId: "reference",
    summary: "This API's reference, for people",
    access: "public",
    params: fields({}),
    query: noQuery,
    answers: { 200: { description: "A page that loads nothing else.", contentType: "text/html" } },
    problems: [],
    handle: () => {
      page ??= referencePage(describe());
      return Promise.resolve({
        status: 200,
        headers: {
          "content-type": "text/html; charset=utf-8",
          "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
        },
        stream: (response) => {
          response.end(page);
          return Promise.resolve();
        },
      });
    },
  });
}
