import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Property name to type: `string`, `number`, `boolean`, `any`, `document` (JSON text), `list<T>`, `map<T>` or a key of `types`; `!` marks required. */
export type Shape = Readonly<Record<string, string>>;

export interface ResourceSchema {
  readonly inputs: Shape;
  readonly outputs: readonly string[];
}

/** What an SDK package declares of the types we serve; made by extract.ts. */
export interface PackageSchema {
  readonly name: string;
  readonly version: string;
  readonly resources: Readonly<Record<string, ResourceSchema>>;
  readonly types: Readonly<Record<string, Shape>>;
}

export function readSchema(name: "aws" | "azure-native"): PackageSchema {
  const file = join(import.meta.dirname, `${name}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as PackageSchema;
}
