/** A metric's value now; undefined when it has no data. */
export type Value = number | undefined;

/** An expression of CloudWatch's metric math that cannot be read. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

const TOKEN = /\s*(\d+(?:\.\d+)?|[A-Za-z_]\w*|<=|>=|==|!=|&&|\|\||[-+*/^(),<>])/y;
const FUNCTIONS = new Set(["IF", "FILL", "MAX", "MIN", "ABS", "CEIL", "FLOOR", "SUM", "AVG"]);

/** How tightly an operator binds. */
const BINDING: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "^": 7,
};

type Compiled = (lookup: (id: string) => Value) => Value;

/**
 * Compiles metric math on the latest values: numbers, ids, arithmetic, comparisons (1 or 0), IF, FILL, MAX, MIN
 * and some more. Missing data makes a result missing, FILL apart; so does a division by zero.
 * Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
 * @throws ExpressionError
 */
export function compile(expression: string): Compiled {
  const reader = new Reader(tokens(expression));
  const compiled = reader.expression(0);
  reader.end();
  return compiled;
}

function tokens(text: string): string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match?.[1] === undefined)
      throw new ExpressionError(`Cannot read "${text.slice(start)}" in "${text}".`);
    found.push(match[1]);
  }
  return found;
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(found: readonly string[]) {
    this.#tokens = found;
  }

  end(): void {
    const token = this.#tokens[this.#at];
    if (token !== undefined) throw new ExpressionError(`Unexpected "${token}".`);
  }

  expression(least: number): Compiled {
    let left = this.#operand();
    for (;;) {
      const operator = this.#tokens[this.#at] ?? "";
      const binding = BINDING[operator];
      if (binding === undefined || binding <= least) return left;
      this.#at++;
      left = binary(operator, left, this.expression(binding));
    }
  }

  #operand(): Compiled {
    const token = this.#next();
    if (token === "-") {
      const inner = this.expression(6);
      return (lookup) => map(inner(lookup), (value) => -value);
    }
    if (token === "(") {
      const inner = this.expression(0);
      this.#expect(")");
      return inner;
    }
    if (/^\d/.test(token)) return () => Number(token);
    if (!/^[A-Za-z_]/.test(token)) throw new ExpressionError(`Unexpected "${token}".`);
    if (this.#tokens[this.#at] !== "(") return (lookup) => lookup(token);
    return this.#call(token);
  }

  #call(name: string): Compiled {
    if (!FUNCTIONS.has(name)) throw new ExpressionError(`The function ${name} is not known.`);
    this.#expect("(");
    const args: Compiled[] = [];
    do args.push(this.expression(0));
    while (this.#took(","));
    this.#expect(")");
    return call(name, args);
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new ExpressionError("The expression ends too early.");
    return token;
  }

  #took(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#took(token)) throw new ExpressionError(`Expected "${token}".`);
  }
}

function binary(operator: string, left: Compiled, right: Compiled): Compiled {
  return (lookup) => {
    const [a, b] = [left(lookup), right(lookup)];
    return a === undefined || b === undefined ? undefined : apply(operator, a, b);
  };
}

function apply(operator: string, a: number, b: number): Value {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return b === 0 ? undefined : a / b;
    case "^":
      return a ** b;
    case "<":
      return Number(a < b);
    case "<=":
      return Number(a <= b);
    case ">":
      return Number(a > b);
    case ">=":
      return Number(a >= b);
    case "==":
      return Number(a === b);
    case "!=":
      return Number(a !== b);
    case "&&":
      return Number(a !== 0 && b !== 0);
    default:
      return Number(a !== 0 || b !== 0);
  }
}

function call(name: string, args: readonly Compiled[]): Compiled {
  const [first, second, third] = args;
  if (first === undefined) throw new ExpressionError(`${name} needs an argument.`);
  switch (name) {
    case "IF":
      if (second === undefined || third === undefined)
        throw new ExpressionError("IF needs a condition and two values.");
      return (lookup) => {
        const condition = first(lookup);
        if (condition === undefined) return undefined;
        return condition === 0 ? third(lookup) : second(lookup);
      };
    case "FILL":
      if (second === undefined) throw new ExpressionError("FILL needs a value to fill with.");
      return (lookup) => first(lookup) ?? second(lookup);
    default:
      return (lookup) => fold(name, args, lookup);
  }
}

function fold(name: string, args: readonly Compiled[], lookup: (id: string) => Value): Value {
  const values = args.map((arg) => arg(lookup)).filter((value) => value !== undefined);
  const [first] = values;
  if (first === undefined) return undefined;
  switch (name) {
    case "MAX":
      return Math.max(...values);
    case "MIN":
      return Math.min(...values);
    case "ABS":
      return Math.abs(first);
    case "CEIL":
      return Math.ceil(first);
    case "FLOOR":
      return Math.floor(first);
    default: {
      const sum = values.reduce((total, value) => total + value, 0);
      return name === "SUM" ? sum : sum / values.length;
    }
  }
}

function map(value: Value, change: (value: number) => number): Value {
  return value === undefined ? undefined : change(value);
}
