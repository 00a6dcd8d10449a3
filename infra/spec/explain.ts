import type { z } from "zod";
import { looksSecret } from "./secret-forms.ts";
import { secretsIn } from "./secrets-in.ts";

/** One thing that is wrong with a spec: where (a JSON pointer, RFC 6901) and what, in a sentence for its author. */
export interface Problem {
  readonly pointer: string;
  readonly detail: string;
}

/**
 * Turns zod's issues into problems that say what was expected, what was got and how to mend it.
 * Issues of our own formats and rules carry their sentence already; the rest are worded here.
 */
export function explain(error: z.ZodError, input: unknown): Problem[] {
  const problems = error.issues.flatMap((issue) => problemsOf(issue, input));
  const named = new Set(problems.map(({ pointer }) => pointer));
  // Rules that span fields are not asked about an input whose fields are wrong; a secret in it is named all the same.
  return [...problems, ...secretProblems(input).filter(({ pointer }) => !named.has(pointer))];
}

/** What looks like a secret anywhere in an input; nothing of it is shown. */
export function secretProblems(input: unknown): Problem[] {
  return secretsIn(input).map(({ path, message }) => ({
    pointer: jsonPointer(path),
    detail: message,
  }));
}

function problemsOf(issue: z.core.$ZodIssue, input: unknown): Problem[] {
  const pointer = jsonPointer(issue.path);
  if (issue.code === "unrecognized_keys") {
    const details = issue.message.split("\n");
    return issue.keys.map((key, index) => ({
      pointer: jsonPointer([...issue.path, key]),
      detail: details[index] ?? issue.message,
    }));
  }
  return [{ pointer, detail: sentence(issue, valueAt(input, issue.path)) }];
}

function sentence(issue: z.core.$ZodIssue, got: unknown): string {
  if (issue.message.startsWith("Expected ")) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return wrong(TYPE_NAMES[issue.expected] ?? `a value of type ${issue.expected}`, got);
    case "invalid_value":
      return wrong(oneOf(issue.values.map((value) => JSON.stringify(value))), got);
    case "too_small":
      return wrong(
        bound(issue.inclusive === false ? "more than" : "at least", issue.minimum, issue.origin),
        sized(got),
      );
    case "too_big":
      return wrong(bound("at most", issue.maximum, issue.origin), sized(got));
    default:
      return issue.message;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
};

function bound(words: string, limit: number | bigint, origin: string): string {
  if (origin === "array") return `${words} ${limit} ${limit === 1 ? "entry" : "entries"}`;
  if (origin === "string") return `${words} ${limit} ${limit === 1 ? "character" : "characters"}`;
  return `${words} ${limit}`;
}

function sized(got: unknown): unknown {
  return Array.isArray(got) ? new Shown(`a list of ${got.length}`) : got;
}

/** A value that is already worded. */
class Shown {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** `Expected X, got Y. Remedy.`; Y never shows what looks like a secret. */
export function wrong(expected: string, got: unknown, remedy?: string): string {
  const seen = got instanceof Shown ? got.text : show(got);
  return `Expected ${expected}, got ${seen}.${remedy === undefined ? "" : ` ${remedy}`}`;
}

/**
 * Options of a zod format: its message is the sentence for whatever was got. It aborts, so that rules that
 * span fields only ever see fields that are what their types say.
 */
export function expects(expected: string, remedy?: string) {
  return {
    abort: true,
    error: (issue: { readonly input?: unknown }) => wrong(expected, issue.input, remedy),
  };
}

export function oneOf(options: readonly string[]): string {
  return options.length === 1 ? String(options[0]) : `one of ${options.join(", ")}`;
}

const SHOWN_LENGTH = 80;

/** A value as a message may show it: JSON, cut short, and never a secret. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && typeof value === "object") return "an object";
  if (typeof value === "string" && looksSecret(value))
    return "what looks like a secret (not shown)";
  const text = JSON.stringify(typeof value === "string" ? withoutQuery(value) : value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}

/** The query of an address, and what stands before its "@", are where tokens travel; the rest says enough. */
function withoutQuery(text: string): string {
  const address = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#]*@)?([^?#]*)([?#]?)/i.exec(text);
  if (address === null) return text;
  const [, scheme = "", place = "", query = ""] = address;
  return `${scheme}${place}${query === "" ? "" : `${query}…`}`;
}

export const HIDDEN = "(not shown)";

/** A name that looks like a secret is hidden: somebody wrote the value where a field's name belongs. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (looksSecret(String(step)) ? HIDDEN : String(step)))
    .map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const step of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return value;
}
