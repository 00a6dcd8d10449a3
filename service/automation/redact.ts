import { flatten, flattened } from "./redaction/flatten.ts";
import { Needles, SHORTEST, type Range } from "./redaction/needles.ts";
import { withoutShapes } from "./redaction/shapes.ts";
import { spellingsOf } from "./redaction/spellings.ts";

export { secretsOf } from "./redaction/environment.ts";

/** Takes secrets out of a text that people will read. */
export type Redact = (text: string) => string;

/** A redactor that can be told of more secrets while it is in use: every text from then on is without them. */
export interface Redactor extends Redact {
  /** Values of any type: the strings and numbers within them are taken for secrets. */
  learn(values: Iterable<unknown>): void;
  /** As long as a spelling of a known secret may be: so much of a stream is held back until its next piece is there. */
  reach(): number;
}

export const MASK = "[secret]";
/** How much longer than a secret its longest spelling may be: a character as `\\\\u0000`, one that needs two bytes as `%25C3%25A9`. */
const swelling = 10;

/**
 * A redactor that knows `secrets` in every spelling (see flatten and spellingsOf), and shapes that are secret by themselves. What is
 * shorter than six characters is not looked for: it would take harmless text with it. Redact first and cut afterwards: half a secret is
 * not found any more.
 */
export function redactor(secrets: Iterable<unknown>): Redactor {
  const known = new Set<string>();
  const needles = new Needles();
  let longest = 0;
  const learn = (values: Iterable<unknown>): void => {
    for (const value of values) for (const text of textsIn(value)) note(text);
  };
  const note = (secret: string): void => {
    if (known.has(secret)) return;
    known.add(secret);
    longest = Math.max(longest, secret.length);
    for (const spelling of spellingsOf(secret)) {
      needles.add(spelling);
      needles.add(flattened(spelling));
    }
  };
  learn(secrets);
  const redact = (text: string): string => withoutShapes(mask(text, rangesIn(text, needles)));
  return Object.assign(redact, { learn, reach: () => longest * swelling });
}

/** The strings and numbers within a value that are long enough to be looked for. */
function textsIn(value: unknown): string[] {
  if (typeof value === "number" || typeof value === "bigint") return textsIn(String(value));
  if (typeof value === "string") return value.length < SHORTEST || value === MASK ? [] : [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(textsIn);
}

function rangesIn(text: string, needles: Needles): Range[] {
  const plain = needles.rangesIn(text);
  const flat = flatten(text);
  if (flat === undefined) return plain;
  const { starts } = flat;
  const found = needles
    .rangesIn(flat.text)
    .map(([from, to]): Range => [starts[from] ?? 0, starts[to] ?? text.length]);
  return [...plain, ...found].sort(([a], [b]) => a - b);
}

/** Ranges that touch or overlap go as one. */
function mask(text: string, ranges: readonly Range[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    if (start > at || parts.length === 0) parts.push(text.slice(at, start), MASK);
    at = Math.max(at, end);
  }
  return parts.length === 0 ? text : parts.join("") + text.slice(at);
}

/** The same value, every text within it redacted; what JSON does not carry is left out. */
export function redactAll<T>(value: T, redact: Redact): T {
  const clean = (_: string, part: unknown) => (typeof part === "string" ? redact(part) : part);
  return JSON.parse(JSON.stringify(value), clean) as T;
}

/** Cuts a text to a length, saying that it did. */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
