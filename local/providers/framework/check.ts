import type { PackageSchema, Shape } from "../schema/schema.ts";
import {
  containsSecret,
  containsUnknown,
  isRecord,
  isUnknown,
  reveal,
  Secret,
  unknown,
  type Props,
  type Value,
} from "../wire/values.ts";
import type { Problem } from "./resource-type.ts";

/** Compares inputs with what the SDK declares: required properties, unknown ones at any depth, types. */
export function checkShape(schema: PackageSchema, token: string, inputs: Props): Problem[] {
  const resource = schema.resources[token];
  return resource === undefined ? [] : checkRecord(schema, resource.inputs, inputs, "");
}

function checkRecord(schema: PackageSchema, shape: Shape, record: Props, path: string): Problem[] {
  const problems: Problem[] = [];
  for (const [name, type] of Object.entries(shape)) {
    if (type.endsWith("!") && (record[name] ?? null) === null) {
      const reason = `Missing required argument. The argument "${name}" is required, but no definition was found.`;
      problems.push({ property: join(path, name), reason });
    }
  }
  for (const [name, value] of Object.entries(record)) {
    const type = shape[name];
    const property = join(path, name);
    if (type !== undefined)
      problems.push(...checkValue(schema, type.replace("!", ""), value, property));
    else
      problems.push({
        property,
        reason: `Invalid or unknown key "${name}"${nearest(shape, name)}.`,
      });
  }
  return problems;
}

function checkValue(schema: PackageSchema, type: string, value: Value, path: string): Problem[] {
  if (value === null || isUnknown(value) || type === "any") return [];
  const inner = /^(list|map)<(.*)>$/.exec(type);
  if (inner?.[1] === "list") {
    if (!Array.isArray(value)) return wrong(path, "a list", value);
    return value.flatMap((item, at) =>
      checkValue(schema, inner[2] ?? "any", item, `${path}[${at}]`),
    );
  }
  if (inner?.[1] === "map") {
    if (!isRecord(value)) return wrong(path, "a map", value);
    return Object.entries(value).flatMap(([key, item]) =>
      checkValue(schema, inner[2] ?? "any", item, join(path, key)),
    );
  }
  if (type === "string" || type === "number" || type === "boolean") {
    return typeof value === type ? [] : wrong(path, `a ${type}`, value);
  }
  if (type === "document") return typeof value === "string" ? [] : wrong(path, "JSON text", value);
  const shape = schema.types[type];
  if (shape === undefined) return [];
  return isRecord(value)
    ? checkRecord(schema, shape, value, path)
    : wrong(path, "an object", value);
}

function wrong(property: string, expected: string, value: Value): Problem[] {
  const got = Array.isArray(value)
    ? "a list"
    : typeof value === "object"
      ? "an object"
      : `a ${typeof value}`;
  return [{ property, reason: `expected ${expected}, got ${got}` }];
}

function nearest(shape: Shape, name: string): string {
  const wanted = name.toLowerCase();
  const match = Object.keys(shape).find((known) => {
    const other = known.toLowerCase();
    return other === wanted || other.startsWith(wanted) || wanted.startsWith(other);
  });
  return match === undefined ? "" : `; did you mean "${match}"?`;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** Inputs as the provider keeps them: no nulls on top, policy documents given as objects written as JSON text. */
export function normalise(schema: PackageSchema, token: string, inputs: Props): Props {
  const shape = schema.resources[token]?.inputs ?? {};
  const entries = Object.entries(inputs).filter(
    ([key, value]) => value !== null && !key.startsWith("__"),
  );
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      shape[key]?.startsWith("document") === true ? documentText(value) : value,
    ]),
  );
}

/** A document that holds an unknown is itself unknown, and one that holds a secret is secret. */
function documentText(value: Value): Value {
  const plain = reveal(value);
  if (!isRecord(plain) && !Array.isArray(plain)) return value;
  const text: Value = containsUnknown(plain) ? unknown : JSON.stringify(plain);
  return containsSecret(value) ? new Secret(text) : text;
}
