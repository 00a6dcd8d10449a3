import {
  OpenApiGeneratorV31,
  OpenAPIRegistry,
  type ResponseConfig,
  type RouteConfig,
} from "@asteasolutions/zod-to-openapi";
import { z } from "zod";
import type { Answer, Endpoint } from "./endpoint.ts";
import { lastEventIdForm } from "./last-event-id.ts";
import { examples } from "./examples.ts";
import { problemKinds, type ProblemKind } from "./problem.ts";
import { Problem } from "./schemas.ts";

const bearer = "token";
const session = "session";

/** Problems that any endpoint may answer with. */
const everywhere: ProblemKind[] = ["invalid-request", "wrong-method", "internal-error"];
/** Who it is, whether they may, and how often; and who they are may not be possible to find out at present. */
const guarded: ProblemKind[] = [
  "unauthorized",
  "forbidden",
  "cross-site",
  "wrong-host",
  "rate-limited",
  "unavailable",
];
const withBody: ProblemKind[] = ["malformed-json", "too-large", "wrong-content-type"];

/** OpenAPI 3.1 from the schemas that the endpoints parse with. */
export function openApiOf(endpoints: readonly Endpoint[]): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent("securitySchemes", bearer, { type: "http", scheme: "bearer" });
  registry.registerComponent("securitySchemes", session, {
    type: "apiKey",
    in: "cookie",
    name: "__Host-causeway-session",
    description:
      "Of a browser that has signed in (`GET /login`). It authorises changes only where the browser says that a page of this service sent them.",
  });
  for (const endpoint of endpoints) registry.registerPath(route(endpoint));
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: "3.1.0",
    info: {
      title: "Causeway",
      version: "1",
      description: "Self-service data pipelines between clouds.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: tags.map(([name, , text]) => ({ name, description: text })),
  });
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    if (examples[name] !== undefined) Object.assign(schema, { examples: [examples[name]] });
  }
  return withNullableReferences(document) as object;
}

function route(endpoint: Endpoint): RouteConfig {
  const { method, path, operationId, summary, description, access, params, query, body } = endpoint;
  return {
    method,
    path,
    operationId,
    summary,
    tags: [tagOf(path)],
    ...(description === undefined ? {} : { description }),
    security: access === "public" ? [] : [{ [bearer]: [] }, { [session]: [] }],
    request: {
      params,
      query,
      ...headersOf(endpoint),
      ...(body === undefined
        ? {}
        : {
            body: {
              required: !body.safeParse(undefined).success,
              content: { "application/json": { schema: body } },
            },
          }),
    },
    responses: { ...answersOf(endpoint), ...problemsOf(endpoint) },
  };
}

/**
 * A reference that may be null: the generator writes that it is both the thing and "object or null", which null never is.
 * (JSON Schema 2020-12 has no `nullable`.)
 */
function withNullableReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNullableReferences);
  if (typeof value !== "object" || value === null) return value;
  const { allOf, ...rest } = value as { allOf?: unknown };
  const copied = Object.fromEntries(
    Object.entries(rest).map(([name, inside]) => [name, withNullableReferences(inside)]),
  );
  if (!Array.isArray(allOf)) return copied;
  const [reference, nullable] = allOf as [{ $ref?: string }, { type?: unknown } | undefined];
  const isNullable = Array.isArray(nullable?.type) && nullable.type.includes("null");
  return reference.$ref !== undefined && isNullable
    ? { ...copied, anyOf: [reference, { type: "null" }] }
    : { ...copied, allOf: withNullableReferences(allOf) };
}

/** Name, what a path of it holds, and what it is about; the first that fits. */
const tags: readonly (readonly [string, RegExp, string])[] = [
  ["Previews", /\/previews/, "What a change would do, and its approval."],
  ["Runs", /\/(runs|scans|arrived)/, "What was copied, and what was not."],
  ["Access", /\/(tokens|me|auth|login|logout)\b/, "Who may do what."],
  ["Audit", /\/audit/, "Who did what."],
  ["Operations", /\/operations/, "Changes under way and settled."],
  ["Pipelines", /^\/v1\//, "What a tenant has asked for."],
  ["Service", /^/, "Health, metrics and descriptions."],
];

function tagOf(path: string): string {
  return tags.find(([, form]) => form.test(path))?.[0] ?? "Service";
}

/** What is read of a header that is not free text. */
const forms: Record<string, z.ZodString> = {
  "Idempotency-Key": z.string().regex(/^[\x21-\x7e]{1,255}$/),
  "Last-Event-ID": z.string().regex(lastEventIdForm),
};

function headersOf({ headers }: Endpoint) {
  if (headers === undefined) return {};
  const shape = Object.entries(headers).map(([name, description]) => [
    name,
    (forms[name] ?? z.string()).optional().meta({ description }),
  ]);
  return { headers: z.object(Object.fromEntries(shape) as Record<string, z.ZodType>) };
}

function answersOf({ answers }: Endpoint): Record<string, ResponseConfig> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [status, responseOf(answer)]),
  );
}

function responseOf({
  description,
  schema,
  headers,
  contentType = "application/json",
  contentTypes = [],
}: Answer): ResponseConfig {
  const named = Object.entries(headers ?? {}).map(([name, text]) => [
    name,
    { description: text, schema: { type: "string" as const } },
  ]);
  return {
    description,
    ...(schema === undefined && contentType === "application/json"
      ? {}
      : {
          content: {
            [contentType]: { schema: schema ?? z.string() },
            ...Object.fromEntries(contentTypes.map((type) => [type, { schema: z.string() }])),
          },
        }),
    ...(named.length === 0 ? {} : { headers: Object.fromEntries(named) as Record<string, object> }),
  } as ResponseConfig;
}

/** One answer per status; several kinds may share one. */
function problemsOf({ problems, body, access }: Endpoint): Record<string, ResponseConfig> {
  const kinds = new Set<ProblemKind>([
    ...problems,
    ...everywhere,
    ...(body === undefined ? [] : withBody),
    ...(access === "public" ? [] : guarded),
    ...(typeof access === "string" ? [] : (["not-found"] as const)),
  ]);
  const byStatus = Map.groupBy(kinds, (kind) => problemKinds[kind].status);
  return Object.fromEntries(
    [...byStatus].map(([status, there]) => [
      String(status),
      {
        description: there
          .map((kind) => `${problemKinds[kind].title} (\`urn:causeway:problem:${kind}\`).`)
          .join(" "),
        content: { "application/problem+json": { schema: Problem } },
      },
    ]),
  );
}
