interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  pattern?: string;
  default?: unknown;
  examples?: unknown[];
}

interface Described {
  description?: string;
  content?: Record<string, { schema?: Schema }>;
}

interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security?: unknown[];
  parameters?: {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema: Schema;
  }[];
  requestBody?: Described;
  responses: Record<string, Described>;
}

interface Document {
  info: { title: string; version: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color-scheme:light dark}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{overflow:auto;padding:.75rem;border:1px solid #8886}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;border-bottom:1px solid #8886;padding:.3rem .5rem}
details{margin:.75rem 0}summary{cursor:pointer}h3{margin-top:2.5rem}`;

/** The API's reference as one page that loads nothing else: from the OpenAPI document, so that it cannot say anything different. */
export function referencePage(openApi: object): string {
  const document = openApi as Document;
  const sections = document.tags.map(({ name, description }) => {
    const there = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { tags }]) => tags.includes(name))
        .map(([method, operation]) => endpointOf(method, path, operation)),
    );
    return there.length === 0
      ? ""
      : `<h2 id="${name}">${name}</h2><p>${escape(description)}</p>${there.join("")}`;
  });
  const contents = document.tags.map(({ name }) => `<a href="#${name}">${name}</a>`).join(" · ");
  const schemas = Object.entries(document.components.schemas).map(([name, schema]) =>
    schemaOf(name, schema),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${document.info.title} API</title><style>${style}</style></head><body>
<h1>${document.info.title} API</h1>
<p>${contents} · <a href="#schemas">Schemas</a> · <a href="/openapi.json">OpenAPI 3.1</a></p>
${sections.join("\n")}
<h2 id="schemas">Schemas</h2>
${schemas.join("\n")}
</body></html>
`;
}

function endpointOf(method: string, path: string, operation: Operation): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const given = parameters.map(
    (one) =>
      `<tr><td><code>${escape(one.name)}</code></td><td>${one.in}${one.required === true ? ", required" : ""}</td><td>${typeOf(one.schema)}</td><td>${escape(one.description ?? "")}</td></tr>`,
  );
  const answers = Object.entries(responses).map(
    ([status, answer]) =>
      `<tr><td>${status}</td><td>${escape(answer.description ?? "")}</td><td>${contentOf(answer)}</td></tr>`,
  );
  const isPublic = (operation.security ?? []).length === 0;
  return `<h3 id="${operationId}"><code>${method.toUpperCase()} ${escape(path)}</code></h3>
<p><strong>${escape(summary)}.</strong> ${escape(description ?? "")} ${isPublic ? "Needs no token." : ""}</p>
${requestBody === undefined ? "" : `<p>Body: ${contentOf(requestBody)}</p>`}
${given.length === 0 ? "" : `<table><tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr>${given.join("")}</table>`}
<details><summary>Answers</summary><table>${answers.join("")}</table></details>
`;
}

function schemaOf(name: string, schema: Schema): string {
  const required = new Set(schema.required);
  const rows = Object.entries(schema.properties ?? {}).map(
    ([field, one]) =>
      `<tr><td><code>${escape(field)}</code>${required.has(field) ? "" : "?"}</td><td>${typeOf(one)}</td><td>${escape(one.description ?? "")}</td></tr>`,
  );
  const example = schema.examples?.[0];
  return `<h3 id="schema-${name}">${name}</h3><p>${escape(schema.description ?? "")}</p>
${rows.length === 0 ? `<p>${typeOf(schema)}</p>` : `<table>${rows.join("")}</table>`}
${example === undefined ? "" : `<pre>${escape(JSON.stringify(example, null, 2))}</pre>`}`;
}

function contentOf({ content = {} }: Described): string {
  return Object.entries(content)
    .map(
      ([type, { schema }]) => `<code>${type}</code> ${schema === undefined ? "" : typeOf(schema)}`,
    )
    .join("<br>");
}

/** A type in a few words, with links to what has a name. */
function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace("#/components/schemas/", "");
    return `<a href="#schema-${name}">${name}</a>`;
  }
  const several = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (several !== undefined) return several.map(typeOf).join(schema.allOf ? " and " : " or ");
  if (schema.const !== undefined) return `<code>${escape(JSON.stringify(schema.const))}</code>`;
  if (schema.enum !== undefined) {
    return schema.enum.map((one) => `<code>${escape(JSON.stringify(one))}</code>`).join(" ");
  }
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (schema.properties !== undefined) {
    const inside = Object.entries(schema.properties).map(
      ([name, one]) => `<code>${escape(name)}</code>: ${typeOf(one)}`,
    );
    return `{ ${inside.join(", ")} }`;
  }
  const names = Array.isArray(schema.type) ? schema.type.join(" or ") : (schema.type ?? "anything");
  return schema.pattern === undefined ? names : `${names} <code>${escape(schema.pattern)}</code>`;
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (one) => entities[one] ?? one);
}
