import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Validator } from "@seriousme/openapi-schema-validator";
import { openApiOf } from "../../../service/http/openapi.ts";
import { problemsPage } from "../../../service/http/problem-kinds.ts";
import { referencePage } from "../../../service/reference/page.ts";
import { endpoints } from "../../../service/routes/index.ts";

interface Operation {
  operationId?: string;
  summary?: string;
  security?: unknown[];
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { examples?: unknown[] }> };
}

interface Ajv {
  addSchema(schema: object, key: string): void;
  compile(schema: object): ((value: unknown) => boolean) & { errors?: unknown };
}

// The checker's own: a version that knows JSON Schema 2020-12, which OpenAPI 3.1 is written in.
const required = createRequire(
  fileURLToPath(import.meta.resolve("@seriousme/openapi-schema-validator")),
);
const { default: Ajv2020 } = required("ajv/dist/2020.js") as {
  default: new (options: object) => Ajv;
};

describe("the API's description", () => {
  const document = JSON.parse(JSON.stringify(openApiOf(endpoints))) as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const result = await validator.validate(document as unknown as Record<string, unknown>);
    assert.deepEqual(result.errors ?? [], []);
    assert.equal(result.valid, true);
    assert.equal(validator.version, "3.1");
  });

  it("has an ETag on every resource that can be put or deleted, and takes it back as If-Match", () => {
    const changes = endpoints.filter(({ method }) => method === "put" || method === "delete");
    assert.ok(changes.length >= 5);
    for (const { method, path, headers, problems } of changes) {
      const where = `${method} ${path}`;
      const read = endpoints.find((other) => other.path === path && other.method === "get");
      assert.ok(read?.answers[200]?.headers?.ETag !== undefined, `GET for ${where}`);
      assert.ok(headers?.["If-Match"] !== undefined, where);
      assert.ok(problems.includes("precondition-failed"), where);
    }
  });

  it("names each operation once, says what it is for, and which answers it has", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const { path, method, operation } of operations) {
      const where = `${method} ${path}`;
      assert.ok((operation.summary ?? "") !== "", where);
      assert.ok(operation.responses["400"] !== undefined && operation.responses["500"], where);
      const guarded = (operation.security ?? []).length > 0;
      for (const status of ["401", "403", "429", "503"]) {
        if (guarded) assert.ok(operation.responses[status] !== undefined, `${where} ${status}`);
      }
      const problem = operation.responses["400"].content?.["application/problem+json"];
      assert.ok(problem !== undefined, where);
    }
  });

  it("has examples that are what their schemas say", () => {
    // Formats are JSON Schema's annotations here, and `nullable` and the like have no place in 3.1.
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, "api");
    const shown = Object.entries(document.components.schemas).filter(([, one]) => one.examples);
    assert.ok(shown.length >= 8, shown.map(([name]) => name).join());
    for (const [name, { examples = [] }] of shown) {
      const check = ajv.compile({ $ref: `api#/components/schemas/${name}` });
      for (const example of examples) {
        assert.ok(check(example), `${name}: ${JSON.stringify(check.errors)}`);
      }
    }
  });
});

describe("the pages that come from the code", () => {
  it("explain each kind of problem as the code does: npm run docs:problems writes it", async () => {
    const file = new URL("../../../docs/problems.md", import.meta.url);
    assert.equal(await readFile(file, "utf8"), problemsPage());
  });

  it("show every endpoint, and load nothing from elsewhere", () => {
    const page = referencePage(openApiOf(endpoints));
    for (const { operationId } of endpoints) assert.ok(page.includes(`id="${operationId}"`));
    assert.doesNotMatch(page, /<script|<link|<img|@import|src="|undefined|\[object/);
  });
});
