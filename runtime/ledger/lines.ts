import { parseLine, readText } from "./decode.ts";
import { quoted } from "./encode.ts";
import { states, type LedgerEntry, type TerminalState } from "./entry.ts";
import { keyFrom, timeOf } from "./file-name.ts";
import type { LedgerStore } from "./store.ts";

/** The beginning of a line: enough to pass over most lines without parsing them. */
export interface Line {
  readonly state: TerminalState;
  readonly at: string;
  /** As JSON writes them, quotes included: equal exactly when the values are. Slices of the whole file's text: copy what is kept. */
  readonly target: string;
  readonly key: string;
  /** The whole line, a copy. */
  text(): string;
  /** Undefined when the rest of the line turns out to be none. */
  entry(): LedgerEntry | undefined;
}

export interface LedgerFile {
  readonly name: string;
  /** When it was written, ms; no line of it is of a later time. */
  readonly time: number;
}

/** Ledger files that were written at `since` (ms) or later, oldest first. */
export async function filesSince(
  store: LedgerStore,
  since: number,
  signal: AbortSignal,
): Promise<LedgerFile[]> {
  const files: LedgerFile[] = [];
  for await (const name of store.list("dt=", keyFrom("", since), signal)) {
    const time = timeOf(name);
    if (time !== undefined) files.push({ name, time });
  }
  return files;
}

/** How many files are fetched ahead of the one that is looked at. */
const AHEAD = 4;

/** Shows every line of the files in their order. Memory: the text of one file, and a few files as they are stored. */
export async function eachLine(
  store: LedgerStore,
  files: readonly LedgerFile[],
  visit: (line: Line, file: LedgerFile) => void,
  signal: AbortSignal,
): Promise<void> {
  const fetching: Promise<Buffer | undefined>[] = [];
  for (const [index, file] of files.entries()) {
    while (fetching.length < AHEAD && index + fetching.length < files.length) {
      const next = store.read(files[index + fetching.length]?.name ?? "", signal);
      // Awaited in its turn; until then nobody hears of its failure.
      next.catch(() => undefined);
      fetching.push(next);
    }
    const bytes = await fetching.shift();
    // Expired between the listing and now.
    if (bytes === undefined) continue;
    linesOf(await readText(file.name, bytes), (line) => visit(line, file));
  }
}

const STATE = '{"state":"';
const AT = '","settled_at":"';
const TARGET = '","target":';
const KEY = ',"key":';
const REST = ',"v":';
const AT_LENGTH = "2026-01-31T12:00:00.000Z".length;

/**
 * Inside a JSON string every quote has a backslash before it, so the marks that begin with one are found only where fields begin. Lines that are not as
 * encode.ts writes them are parsed whole.
 */
export function linesOf(text: string, visit: (line: Line) => void): void {
  for (let from = 0, end = 0; from < text.length; from = end + 1) {
    end = text.indexOf("\n", from);
    if (end === -1) end = text.length;
    const line = quickLine(text, from, end) ?? wholeLine(text.slice(from, end));
    if (line !== undefined) visit(line);
  }
}

function quickLine(text: string, from: number, end: number): Line | undefined {
  if (!text.startsWith(STATE, from)) return undefined;
  const state = stateAt(text, from + STATE.length);
  if (state === undefined) return undefined;
  const at = from + STATE.length + state.length + AT.length;
  if (!text.startsWith(AT, at - AT.length)) return undefined;
  const target = at + AT_LENGTH + TARGET.length;
  if (!text.startsWith(TARGET, at + AT_LENGTH)) return undefined;
  const targetEnd = text.indexOf(`"${KEY}`, target) + 1;
  const key = targetEnd + KEY.length;
  const keyEnd = text.indexOf(`"${REST}`, key) + 1;
  if (targetEnd === 0 || keyEnd === 0 || keyEnd > end) return undefined;
  return {
    state,
    at: text.slice(at, at + AT_LENGTH),
    target: text.slice(target, targetEnd),
    key: text.slice(key, keyEnd),
    text: () => copied(text.slice(from, end)),
    entry: () => parseLine(text.slice(from, end)),
  };
}

function stateAt(text: string, from: number): TerminalState | undefined {
  for (const state of states) {
    if (text.startsWith(state, from) && text[from + state.length] === '"') return state;
  }
  return undefined;
}

function wholeLine(text: string): Line | undefined {
  const entry = parseLine(text);
  if (entry === undefined) return undefined;
  const { state, at, target, key } = entry;
  return {
    state,
    at,
    target: quoted(target),
    key: quoted(key),
    text: () => copied(text),
    entry: () => entry,
  };
}

/** A slice would keep the text that it was cut from in memory. */
export function copied(slice: string): string {
  return Buffer.from(slice).toString();
}

/** The value of a string as JSON writes it. */
export function unquoted(json: string): string {
  return json.includes("\\") ? (JSON.parse(json) as string) : json.slice(1, -1);
}
