/**
 * Writes aws.json and azure-native.json: what the installed SDKs declare about the types we serve.
 * Run `node local/providers/schema/extract.ts` after an SDK changes; a test compares the files with the SDKs.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import type { PackageSchema, ResourceSchema, Shape } from "./schema.ts";
import { awsModules, azureModules } from "./tokens.ts";

const require = createRequire(import.meta.url);

/** Reads one SDK package. Purely syntactic: nothing is type-checked, so it takes about a second. */
export function extract(packageName: "aws" | "azure-native", modules: string[]): PackageSchema {
  const manifest = require.resolve(`@pulumi/${packageName}/package.json`);
  const root = dirname(manifest);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  const declared = declarations(parse(join(root, "types", "input.d.ts")));
  const found: Found = { declared, types: {} };
  const resources = modules.map((module) => resource(root, module, found));
  return {
    name: packageName,
    version,
    resources: Object.fromEntries(resources),
    types: Object.fromEntries(Object.entries(found.types).sort(byName)),
  };
}

interface Found {
  readonly declared: ReadonlyMap<string, ts.InterfaceDeclaration>;
  readonly types: Record<string, Shape>;
}

function resource(root: string, module: string, found: Found): [string, ResourceSchema] {
  const source = parse(join(root, `${module}.d.ts`));
  const script = readFileSync(join(root, `${module}.js`), "utf8");
  const token = /__pulumiType = '([^']+)'/.exec(script)?.[1];
  const type = source.statements.find((s) => ts.isClassDeclaration(s));
  if (token === undefined || type?.name === undefined) throw new Error(`${module}: no resource`);
  const argsName = `${type.name.text}Args`;
  const args = source.statements.find(
    (s) => ts.isInterfaceDeclaration(s) && s.name.text === argsName,
  );
  if (args === undefined) throw new Error(`${module}: no ${argsName}`);
  const outputs = type.members.filter((m) => ts.isPropertyDeclaration(m)).map(memberName);
  return [
    token,
    { inputs: shape(args as ts.InterfaceDeclaration, found), outputs: outputs.toSorted() },
  ];
}

function shape(type: ts.InterfaceDeclaration, found: Found): Shape {
  const fields = type.members.filter((m) => ts.isPropertySignature(m));
  return Object.fromEntries(
    fields.map((field) => {
      if (field.type === undefined) throw new Error(`${memberName(field)} has no type`);
      const required = field.questionToken === undefined ? "!" : "";
      return [memberName(field), `${describe(field.type, found)}${required}`];
    }),
  );
}

/** `pulumi.Input<pulumi.Input<string>[] | undefined>` becomes `list<string>`. */
function describe(node: ts.TypeNode, found: Found): string {
  if (ts.isArrayTypeNode(node)) return `list<${describe(node.elementType, found)}>`;
  if (ts.isTypeLiteralNode(node)) {
    const [index] = node.members;
    if (index === undefined || !ts.isIndexSignatureDeclaration(index)) return "any";
    return `map<${describe(index.type, found)}>`;
  }
  if (ts.isUnionTypeNode(node)) return union(node, found);
  if (ts.isTypeReferenceNode(node)) return reference(node, found);
  const keyword = node.getText();
  return ["string", "number", "boolean"].includes(keyword) ? keyword : "any";
}

function union(node: ts.UnionTypeNode, found: Found): string {
  const parts = node.types.map((part) => describe(part, found));
  const real = [...new Set(parts.filter((_, at) => node.types[at]?.getText() !== "undefined"))];
  if (real.includes("document")) return "document";
  return real.length === 1 && real[0] !== undefined ? real[0] : "any";
}

function reference(node: ts.TypeReferenceNode, found: Found): string {
  const name = node.typeName.getText();
  const [argument] = node.typeArguments ?? [];
  if (name === "pulumi.Input" && argument !== undefined) return describe(argument, found);
  if (name === "ARN" || name.startsWith("enums.") || /^[\w.]*(Arn|Region|Runtime)$/.test(name)) {
    return "string";
  }
  if (name.endsWith("PolicyDocument")) return "document";
  if (!name.startsWith("inputs.")) return "any";
  const key = name.slice("inputs.".length);
  const declaration = found.declared.get(key);
  if (declaration === undefined) throw new Error(`The SDK does not declare ${name}`);
  if (found.types[key] === undefined) {
    found.types[key] = {};
    found.types[key] = shape(declaration, found);
  }
  return key;
}

function declarations(source: ts.SourceFile): Map<string, ts.InterfaceDeclaration> {
  const found = new Map<string, ts.InterfaceDeclaration>();
  const visit = (statements: readonly ts.Statement[], prefix: string): void => {
    for (const statement of statements) {
      if (ts.isInterfaceDeclaration(statement)) found.set(prefix + statement.name.text, statement);
      if (ts.isModuleDeclaration(statement) && statement.body && ts.isModuleBlock(statement.body)) {
        visit(statement.body.statements, `${prefix}${statement.name.text}.`);
      }
    }
  };
  visit(source.statements, "");
  return found;
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
}

function memberName(member: ts.ClassElement | ts.TypeElement): string {
  return member.name === undefined ? "" : member.name.getText().replaceAll(/^["']|["']$/g, "");
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

if (import.meta.main) {
  for (const schema of [extract("aws", awsModules), extract("azure-native", azureModules)]) {
    const file = join(import.meta.dirname, `${schema.name}.json`);
    writeFileSync(file, `${JSON.stringify(schema, undefined, 2)}\n`);
  }
}
