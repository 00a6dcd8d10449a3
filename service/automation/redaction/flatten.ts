/** A text with its escapes undone, and where each of its characters came from. */
export interface Flat {
  readonly text: string;
  /** Start in the original of the character at each index; one more at the end for the original's length. */
  readonly starts: Uint32Array;
}

const ESCAPE =
  /\\+(?:u([0-9a-f]{4})|U([0-9a-f]{8})|x([0-9a-f]{2})|(["'`/nrtbfv]))?|%(?:25)*([0-7][0-9a-f])|(?:%(?:25)*[89a-f][0-9a-f])+|&(?:amp;)*(?:(amp|lt|gt|quot|apos);|#(\d{1,7});|#x([0-9a-f]{1,6});)|\+/gi;
const ESCAPED: Readonly<Record<string, string>> = {
  ...{ n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v" },
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" },
};
/** JSON within a URL within JSON: more often than so nobody packs a text. */
const DEEPEST = 4;

/**
 * Undoes what JSON (any depth), URLs, forms and HTML do to a text, until nothing is left to undo. Texts that mean the same become the
 * same, so a secret is found in every spelling; that texts which differ may become the same, too, does no harm.
 * @returns undefined when there was nothing to undo.
 */
export function flatten(text: string): Flat | undefined {
  let flat: Flat | undefined;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const next = flattenOnce(flat?.text ?? text);
    if (next === undefined) break;
    flat = flat === undefined ? next : { text: next.text, starts: compose(next, flat) };
  }
  return flat;
}

/** The text alone, as a needle is looked for: what follows a needle must not take part in an escape at its end. */
export function flattened(text: string): string {
  return (flatten(text)?.text ?? text).replace(/[%&]+$/, "");
}

function compose(next: Flat, before: Flat): Uint32Array {
  return next.starts.map((start) => before.starts[start] ?? 0);
}

function flattenOnce(text: string): Flat | undefined {
  const parts: string[] = [];
  const starts = new Uint32Array(text.length + 1);
  let length = 0;
  let from = 0;
  let changed = false;
  const keep = (end: number): void => {
    if (end === from) return;
    parts.push(text.slice(from, end));
    for (let at = from; at < end; at++) starts[length++] = at;
  };
  for (const match of text.matchAll(ESCAPE)) {
    const meant = meaningOf(match);
    if (meant === match[0]) continue;
    changed = true;
    keep(match.index);
    const offsets = meant.length === 1 ? undefined : offsetsOf(match[0], meant);
    for (let at = 0; at < meant.length; at++) starts[length++] = match.index + (offsets?.[at] ?? 0);
    parts.push(meant);
    from = match.index + match[0].length;
  }
  if (!changed) return undefined;
  keep(text.length);
  starts[length] = text.length;
  return { text: parts.join(""), starts: starts.subarray(0, length + 1) };
}

function meaningOf(match: RegExpExecArray): string {
  const [all, u4, u8, x2, char, byte, entity, decimal, hex] = match;
  const code = u4 ?? u8 ?? x2 ?? byte ?? hex;
  if (code !== undefined) return character(Number.parseInt(code, 16));
  if (decimal !== undefined) return character(Number(decimal));
  if (char !== undefined) return ESCAPED[char.toLowerCase()] ?? char;
  if (entity !== undefined) return ESCAPED[entity.toLowerCase()] ?? all;
  if (all === "+") return " ";
  if (all.startsWith("%")) return utf8(all);
  // Backslashes of a text are as many as its depth makes them; none of them counts.
  return "";
}

function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

function utf8(sequence: string): string {
  const bytes = sequence.replaceAll(/%(?:25)*/g, "");
  return Buffer.from(bytes, "hex").toString("utf8");
}

/** Where each character of a sequence of percent escapes began; evenly, where the sequence is no UTF-8. */
function offsetsOf(sequence: string, meant: string): number[] {
  const tokens = [...sequence.matchAll(/%(?:25)*[0-9a-f]{2}/gi)].map(({ index }) => index);
  const exact = Array.from(meant).flatMap((char) =>
    Array<number>(char.length).fill(Buffer.byteLength(char)),
  );
  let at = 0;
  const offsets = exact.map((bytes) => {
    const offset = tokens[at] ?? 0;
    at += bytes;
    return offset;
  });
  if (at === tokens.length) return offsets;
  return exact.map((_, index) => Math.floor((index * sequence.length) / meant.length));
}
