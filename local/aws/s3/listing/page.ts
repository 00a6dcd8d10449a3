import { successor } from "../names.ts";

/** Where a listing goes on: at a key, or after one (and, where a key has several rows, after one of them). */
export type Position =
  | { readonly kind: "at"; readonly key: string }
  | { readonly kind: "after"; readonly key: string; readonly sub?: number | string };

/** Rows in order from a position on, at most `limit`. */
export type Seek<Row> = (from: Position, limit: number) => readonly Row[];

export type Entry<Row> =
  | { readonly kind: "row"; readonly row: Row }
  | { readonly kind: "prefix"; readonly prefix: string };

export interface Page<Row> {
  readonly entries: readonly Entry<Row>[];
  readonly truncated: boolean;
}

export interface PageRequest {
  readonly prefix: string;
  readonly delimiter: string;
  readonly max: number;
  /** Only what comes after this; a place within a common prefix skips that prefix. */
  readonly after?: { readonly key: string; readonly sub?: number | string };
}

/**
 * One page of a listing, with keys that share a prefix up to the delimiter rolled into one entry.
 * A rolled-up prefix is jumped over, not read: the cost is in the entries shown, not in the keys below them.
 */
export function page<Row extends { readonly key: string }>(
  request: PageRequest,
  seek: Seek<Row>,
  subOf?: (row: Row) => number | string,
): Page<Row> {
  const entries: Entry<Row>[] = [];
  if (request.max === 0) return { entries, truncated: false };
  let from: Position | undefined = start(request);
  while (from) {
    const limit: number = request.max - entries.length + 1;
    const found: readonly Row[] = seek(from, limit);
    from = undefined;
    for (const row of found) {
      if (entries.length === request.max) return { entries, truncated: true };
      const rolled = commonPrefix(row.key, request);
      if (rolled !== undefined) {
        entries.push({ kind: "prefix", prefix: rolled });
        from = beyond(rolled);
        break;
      }
      entries.push({ kind: "row", row });
      if (found.length === limit && row === found.at(-1)) from = after(row, subOf);
    }
  }
  return { entries, truncated: false };
}

/** The part of a key up to and including the first delimiter after the prefix; undefined when there is none. */
export function commonPrefix(
  key: string,
  { prefix, delimiter }: Pick<PageRequest, "prefix" | "delimiter">,
): string | undefined {
  if (delimiter === "" || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

function start(request: PageRequest): Position | undefined {
  const { after: last, prefix } = request;
  if (!last || compareUtf8(last.key, prefix) < 0) return { kind: "at", key: prefix };
  const rolled = commonPrefix(last.key, request);
  if (rolled !== undefined) return beyond(rolled);
  return { kind: "after", key: last.key, ...(last.sub === undefined ? {} : { sub: last.sub }) };
}

function beyond(prefix: string): Position | undefined {
  const next = successor(prefix);
  return next === undefined ? undefined : { kind: "at", key: next };
}

function after<Row extends { readonly key: string }>(
  row: Row,
  subOf: ((row: Row) => number | string) | undefined,
): Position {
  return { kind: "after", key: row.key, ...(subOf ? { sub: subOf(row) } : {}) };
}

function compareUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
