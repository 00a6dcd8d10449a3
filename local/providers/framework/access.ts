import { isRecord, type Props, type Value } from "../wire/values.ts";

// Inputs have been checked against the schema before any of these run: a wrong type here is our bug.

export function text(props: Props, name: string): string {
  const value = optionalText(props, name);
  if (value === undefined) throw new TypeError(`Expected "${name}" to be text, got nothing.`);
  return value;
}

export function optionalText(props: Props, name: string): string | undefined {
  const value = props[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new TypeError(`Expected "${name}" to be text, got ${JSON.stringify(value)}.`);
}

export function optionalNumber(props: Props, name: string): number | undefined {
  const value = props[name] ?? undefined;
  if (value === undefined || typeof value === "number") return value;
  throw new TypeError(`Expected "${name}" to be a number, got ${JSON.stringify(value)}.`);
}

export function flag(props: Props, name: string, otherwise = false): boolean {
  const value = props[name] ?? otherwise;
  if (typeof value === "boolean") return value;
  throw new TypeError(`Expected "${name}" to be true or false, got ${JSON.stringify(value)}.`);
}

/** A list of texts; empty when absent. */
export function texts(props: Props, name: string): string[] {
  return list(props, name).map((value) => text({ [name]: value }, name));
}

/** A list of objects; empty when absent. */
export function records(props: Props, name: string): Props[] {
  return list(props, name).filter(isRecord);
}

export function record(props: Props, name: string): Props | undefined {
  const value = props[name];
  return isRecord(value) ? value : undefined;
}

/** A map of texts; empty when absent. */
export function textMap(props: Props, name: string): Record<string, string> {
  const map = record(props, name) ?? {};
  return Object.fromEntries(Object.keys(map).map((key) => [key, text(map, key)]));
}

function list(props: Props, name: string): Value[] {
  const value = props[name] ?? [];
  if (Array.isArray(value)) return value;
  throw new TypeError(`Expected "${name}" to be a list, got ${JSON.stringify(value)}.`);
}

/** The entries that have a value: `{ a: 1, b: undefined }` becomes `{ a: 1 }`. */
export function defined(entries: Record<string, Value | undefined>): Props {
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, Value] => entry[1] !== undefined),
  );
}
