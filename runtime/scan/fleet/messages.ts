/** What workers tell each other through the pipeline's queue. */
export type ScanMessage =
  /** Begin a scan, or go on with one. */
  | { readonly causeway: "scan"; readonly id: string }
  /** Settle the keys of one slice. */
  | { readonly causeway: "slice"; readonly scan: string; readonly slice: string }
  /** Look whether all slices are settled. `done` of them were at `since` (milliseconds since 1970), when that last changed. */
  | {
      readonly causeway: "close";
      readonly scan: string;
      readonly done: number;
      readonly since: number;
      /** The missing slices have been sent once more since then. */
      readonly resent: boolean;
    };

/** Undefined: it is none of ours. Throws for what is, and cannot be understood. */
export function scanMessageOf(message: Readonly<Record<string, unknown>>): ScanMessage | undefined {
  const kind = message["causeway"];
  if (kind === undefined) return undefined;
  if (kind === "scan") return { causeway: kind, id: nameIn(message, "id") };
  if (kind === "slice") {
    return { causeway: kind, scan: nameIn(message, "scan"), slice: nameIn(message, "slice") };
  }
  if (kind !== "close") throw new Error(`"causeway": ${JSON.stringify(kind)} is not known`);
  return {
    causeway: kind,
    scan: nameIn(message, "scan"),
    done: Number(message["done"] ?? 0),
    since: Number(message["since"] ?? 0),
    resent: message["resent"] === true,
  };
}

/** It becomes part of an object's key. */
function nameIn(message: Readonly<Record<string, unknown>>, field: string): string {
  const value = message[field];
  if (typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/.test(value)) return value;
  throw new Error(`its ${field} is ${JSON.stringify(value)}, expected letters, digits, . _ : -`);
}
