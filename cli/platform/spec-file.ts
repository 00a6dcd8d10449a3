import { readFile } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
} from "yaml";
import { BadUsage } from "../errors.ts";

/** The service takes no more in a request's body. */
const mostBytes = 256 * 1024;

export interface Position {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** A spec as somebody wrote it, and where each of its fields stands. */
export interface SpecFile {
  readonly path: string;
  /** By the file's place: `pipelines/TENANT/NAME.yaml`. */
  readonly tenant: string | undefined;
  readonly name: string;
  readonly spec: unknown;
  readonly lines: readonly string[];
  /** Where a JSON pointer of the API points: the field, or the nearest one around it that is there. */
  locate(pointer: string): Position | undefined;
}

/** A spec that is no YAML; its message names file, line and column, and shows the line. */
export class BadSpec extends BadUsage {
  readonly position: Position | undefined;
  /** The sentence alone. */
  readonly detail: string;

  constructor(path: string, position: Position | undefined, detail: string, line?: string) {
    const at = position === undefined ? "" : `:${position.line}:${position.column}`;
    const shown =
      position === undefined || line === undefined ? "" : `\n${excerpt(position, line)}`;
    super(`${path}${at}: ${detail}${shown}`);
    this.position = position;
    this.detail = detail;
  }
}

export async function readSpecFile(path: string): Promise<SpecFile> {
  const bytes = path === "-" ? await stdin() : await readFile(path);
  return parseSpecFile(path, bytes);
}

export function parseSpecFile(path: string, bytes: Uint8Array): SpecFile {
  if (bytes.length > mostBytes) {
    throw new BadSpec(
      path,
      undefined,
      `it has ${bytes.length} bytes; a spec may have ${mostBytes}.`,
    );
  }
  const text = decode(path, bytes);
  const lines = text.split(/\r\n|\n|\r/);
  const counter = new LineCounter();
  const document = only(path, text, counter, lines);
  return {
    path,
    ...placeOf(path),
    spec: valueOf(path, document),
    lines,
    locate: (pointer) => {
      const offset = find(document, pointer);
      if (offset === undefined) return undefined;
      const { line, col } = counter.linePos(offset);
      return { line, column: col };
    },
  };
}

/** Tenant and name by `pipelines/TENANT/NAME.yaml`; the name alone by any other place. */
export function placeOf(path: string): { tenant: string | undefined; name: string } {
  const name = basename(path, extname(path));
  const folder = dirname(path);
  const isPlace = basename(dirname(folder)) === "pipelines";
  return { tenant: isPlace ? basename(folder) : undefined, name };
}

/** A line, and a mark below where it is wrong. */
export function excerpt({ line, column }: Position, text: string): string {
  const number = String(line);
  const from = Math.max(0, column - 60);
  const shown = text.slice(from, from + 100).replaceAll("\t", " ");
  const mark = " ".repeat(number.length + column - from);
  return `  ${number} | ${shown}\n  ${mark} | `.replace(/ \| $/, "").concat("  ^");
}

function only(
  path: string,
  text: string,
  lineCounter: LineCounter,
  lines: readonly string[],
): Document {
  const documents = parseAllDocuments(text, {
    lineCounter,
    version: "1.2",
    uniqueKeys: true,
    prettyErrors: false,
  });
  const [document] = "empty" in documents ? [] : documents;
  if (document === undefined || document.contents === null) {
    throw new BadSpec(path, undefined, "it is empty. Expected a spec that begins with kind: copy.");
  }
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong !== undefined) {
    const { line, col } = lineCounter.linePos(wrong.pos[0]);
    throw new BadSpec(
      path,
      { line, column: col },
      `${wrong.message}.`.replace(/\.+$/, "."),
      lines[line - 1],
    );
  }
  if (documents.length > 1) {
    throw new BadSpec(path, undefined, "it holds several documents. Expected one spec in a file.");
  }
  if (!isMap(document.contents)) {
    throw new BadSpec(
      path,
      { line: 1, column: 1 },
      "Expected a spec: fields such as kind, source and targets.",
      lines[0],
    );
  }
  return document;
}

/** The offset of what a pointer names, or of the last part of it that there is. The API's own `/spec` around it is left away. */
function find(document: Document, pointer: string): number | undefined {
  const parts = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  let here: unknown = document.contents;
  let offset = (here as Node | null)?.range?.[0];
  for (const part of parts[0] === "spec" ? parts.slice(1) : parts) {
    if (isMap(here)) {
      const pair = here.items.find(({ key }) => isScalar(key) && String(key.value) === part);
      if (!isPair(pair)) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      here = pair.value;
    } else if (isSeq(here)) {
      here = here.items[Number(part)];
      if (here === undefined) return offset;
      offset = (here as Node).range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}

/** References may make a small file enormous: the library gives up after a hundred. */
function valueOf(path: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BadSpec(path, undefined, `it cannot be read: ${why}.`);
  }
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new BadSpec(path, undefined, "it is not UTF-8.");
  }
}

async function stdin(): Promise<Buffer> {
  const { buffer } = await import("node:stream/consumers");
  return buffer(process.stdin);
}
