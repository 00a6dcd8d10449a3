import assert from "node:assert/strict";
import { extract } from "../../../../local/providers/schema/extract.ts";
import { readSchema } from "../../../../local/providers/schema/schema.ts";
import { awsModules, azureModules } from "../../../../local/providers/schema/tokens.ts";

describe("The committed schemas", () => {
  it("say what the installed SDKs declare", () => {
    const remedy = "run: node local/providers/schema/extract.ts";
    assert.deepEqual(readSchema("aws"), extract("aws", awsModules), remedy);
    assert.deepEqual(readSchema("azure-native"), extract("azure-native", azureModules), remedy);
  });
});
