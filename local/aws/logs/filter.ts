import { AwsError } from "../contract.ts";
import { wildcard } from "../identity/match.ts";

/** Says whether a message passes. */
export type Filter = (message: string) => boolean;
type JsonTest = (value: unknown) => boolean;

/**
 * Compiles a CloudWatch Logs filter pattern: terms (`ERROR "two words" -without ?either ?or`) or a JSON
 * condition (`{ $.level = 50 && $.problem.class = "Access*" }`).
 * Source: CloudWatch Logs User Guide, "Filter pattern syntax".
 * @throws AwsError InvalidParameterException for patterns that are wrong, or that are not known here.
 */
export function compileFilter(pattern: string | undefined): Filter {
  const text = pattern?.trim() ?? "";
  if (text === "") return () => true;
  if (text.startsWith("["))
    throw invalid("space-delimited patterns are not known to the local AWS");
  if (!text.startsWith("{")) return compileTerms(text);
  if (!text.endsWith("}")) throw invalid("the closing brace is missing");
  const test = new JsonPattern(text.slice(1, -1)).parse();
  return (message) => {
    const value = parse(message);
    return value !== undefined && test(value);
  };
}

function compileTerms(text: string): Filter {
  const terms = [...text.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map((match) => ({
    sign: match[1] ?? "",
    word: match[2] === undefined ? (match[3] ?? "") : match[2].replace(/\\(.)/g, "$1"),
  }));
  if (terms.some(({ word }) => word.startsWith("%")))
    throw invalid("regular expressions are not known to the local AWS");
  const words = (sign: string) =>
    terms.filter((term) => term.sign === sign).map(({ word }) => word);
  const [all, none, some] = [words(""), words("-"), words("?")];
  return (message) =>
    all.every((word) => message.includes(word)) &&
    !none.some((word) => message.includes(word)) &&
    (some.length === 0 || all.length > 0 || some.some((word) => message.includes(word)));
}

function parse(message: string): unknown {
  if (!message.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(message) as unknown;
  } catch {
    return undefined;
  }
}

const TOKEN =
  /\s*(\$(?:\.[\w-]+|\[\d+\]|\.?\["[^"]*"\])+|"(?:[^"\\]|\\.)*"|&&|\|\||!=|<=|>=|[=<>()]|[^\s()=<>!&|]+)/y;

/** A reader of the condition between the braces: `||` binds less than `&&`, parentheses most. */
class JsonPattern {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    TOKEN.lastIndex = 0;
    const end = text.trimEnd().length;
    while (TOKEN.lastIndex < end) {
      const start = TOKEN.lastIndex;
      const match = TOKEN.exec(text);
      if (match?.[1] === undefined) throw invalid(`cannot read "${text.slice(start)}"`);
      this.#tokens.push(match[1]);
    }
  }

  parse(): JsonTest {
    const test = this.#either();
    if (this.#at < this.#tokens.length) throw invalid(`unexpected ${this.#tokens[this.#at] ?? ""}`);
    return test;
  }

  #either(): JsonTest {
    const tests = [this.#both()];
    while (this.#took("||")) tests.push(this.#both());
    return (value) => tests.some((test) => test(value));
  }

  #both(): JsonTest {
    const tests = [this.#one()];
    while (this.#took("&&")) tests.push(this.#one());
    return (value) => tests.every((test) => test(value));
  }

  #one(): JsonTest {
    if (this.#took("(")) {
      const inner = this.#either();
      if (!this.#took(")")) throw invalid("a closing parenthesis is missing");
      return inner;
    }
    const selector = this.#next();
    if (!selector.startsWith("$"))
      throw invalid(`expected a selector such as $.a, got ${selector}`);
    const select = selectorOf(selector);
    const compare = this.#comparison();
    return (value) => compare(select(value));
  }

  #comparison(): JsonTest {
    const operator = this.#next();
    switch (operator.toUpperCase()) {
      case "IS":
        return isTest(this.#next());
      case "NOT":
        if (this.#next().toUpperCase() !== "EXISTS") throw invalid("expected EXISTS after NOT");
        return (value) => value === undefined;
      case "EXISTS":
        return (value) => value !== undefined;
      default:
        return comparison(operator, this.#next());
    }
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw invalid("it ends too early");
    return token;
  }

  #took(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }
}

function isTest(word: string): JsonTest {
  const wanted = { TRUE: true, FALSE: false, NULL: null }[word.toUpperCase()];
  if (wanted === undefined) throw invalid(`expected TRUE, FALSE or NULL after IS, got ${word}`);
  return (value) => value === wanted;
}

function comparison(operator: string, operand: string): JsonTest {
  const quoted = operand.startsWith('"');
  const text = quoted ? operand.slice(1, -1).replace(/\\(.)/g, "$1") : operand;
  const number = quoted || text === "" ? Number.NaN : Number(text);
  const same: JsonTest = (value) =>
    typeof value === "number" && !Number.isNaN(number)
      ? value === number
      : scalar(value) && wildcard(text, String(value));
  const ordered = (compare: (given: number) => boolean): JsonTest => {
    if (Number.isNaN(number)) throw invalid(`${operator} compares numbers, got ${operand}`);
    return (value) => typeof value === "number" && compare(value);
  };
  switch (operator) {
    case "=":
      return same;
    case "!=":
      return (value) => value !== undefined && !same(value);
    case "<":
      return ordered((given) => given < number);
    case "<=":
      return ordered((given) => given <= number);
    case ">":
      return ordered((given) => given > number);
    case ">=":
      return ordered((given) => given >= number);
    default:
      throw invalid(`unknown comparison ${operator}`);
  }
}

function scalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function selectorOf(selector: string): (value: unknown) => unknown {
  const steps = [...selector.matchAll(/\.([\w-]+)|\[(\d+)\]|\["([^"]*)"\]/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? "",
  );
  return (value) => {
    let at = value;
    for (const step of steps) {
      if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
      at = (at as Record<string, unknown>)[step];
    }
    return at;
  };
}

function invalid(why: string): AwsError {
  return new AwsError("InvalidParameterException", 400, `Invalid filter pattern: ${why}`);
}
