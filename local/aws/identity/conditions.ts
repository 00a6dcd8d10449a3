import { PolicyError } from "./document.ts";
import { arnMatches, plain, substitute, wildcard } from "./match.ts";
import { BlockList } from "node:net";

/** Condition keys in lower case, with the values that the request gave them. */
export type Context = Readonly<Record<string, string | readonly string[]>>;
type Test = (wanted: string, given: string) => boolean;

/** One comparison; `negated` operators hold when no wanted value fits, and when the key is absent. */
interface Operator {
  readonly test: Test;
  readonly negated: boolean;
}

const same: Test = (wanted, given) => plain(wanted) === given;
const sameIgnoringCase: Test = (wanted, given) =>
  plain(wanted).toLowerCase() === given.toLowerCase();
const numeric =
  (compare: (given: number, wanted: number) => boolean): Test =>
  (wanted, given) => {
    const numbers = [given, wanted].map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
    return numbers.every((n) => !Number.isNaN(n)) && compare(numbers[0] ?? 0, numbers[1] ?? 0);
  };
const dated =
  (compare: (given: number, wanted: number) => boolean): Test =>
  (wanted, given) => {
    const times = [given, wanted].map(instant);
    return times.every((n) => !Number.isNaN(n)) && compare(times[0] ?? 0, times[1] ?? 0);
  };

/** Milliseconds of an ISO date, or of seconds since 1970. */
function instant(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

/** Whether an address is in a CIDR block, or is the address itself; both IPv4 and IPv6. */
export const inBlock: Test = (wanted, given) => {
  const [network = "", bits] = wanted.split("/");
  const family = (address: string) => (address.includes(":") ? "ipv6" : "ipv4");
  try {
    const list = new BlockList();
    const width = family(network) === "ipv6" ? 128 : 32;
    list.addSubnet(network, bits === undefined ? width : Number(bits), family(network));
    return list.check(given, family(given));
  } catch {
    return false;
  }
};

function both(name: string, test: Test): [string, Operator][] {
  const family = /^(String|Numeric|Date|Arn)(.*)$/.exec(name);
  return [
    [name, { test, negated: false }],
    [`${family?.[1] ?? ""}Not${family?.[2] ?? name}`, { test, negated: true }],
  ];
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...both("StringEquals", same),
  ...both("StringEqualsIgnoreCase", sameIgnoringCase),
  ...both("StringLike", wildcard),
  ...both("ArnEquals", arnMatches),
  ...both("ArnLike", arnMatches),
  ...both("IpAddress", inBlock),
  ...both(
    "NumericEquals",
    numeric((a, b) => a === b),
  ),
  ...both(
    "DateEquals",
    dated((a, b) => a === b),
  ),
  ["NumericLessThan", { test: numeric((a, b) => a < b), negated: false }],
  ["NumericLessThanEquals", { test: numeric((a, b) => a <= b), negated: false }],
  ["NumericGreaterThan", { test: numeric((a, b) => a > b), negated: false }],
  ["NumericGreaterThanEquals", { test: numeric((a, b) => a >= b), negated: false }],
  ["DateLessThan", { test: dated((a, b) => a < b), negated: false }],
  ["DateLessThanEquals", { test: dated((a, b) => a <= b), negated: false }],
  ["DateGreaterThan", { test: dated((a, b) => a > b), negated: false }],
  ["DateGreaterThanEquals", { test: dated((a, b) => a >= b), negated: false }],
  ["Bool", { test: sameIgnoringCase, negated: false }],
]);

interface Parsed extends Operator {
  readonly quantifier: "ForAnyValue" | "ForAllValues" | undefined;
  readonly ifExists: boolean;
}

/** Reads `ForAnyValue:StringLikeIfExists`. @throws PolicyError for an operator that is not known here. */
export function parseOperator(name: string): Parsed | "Null" {
  if (name === "Null") return "Null";
  const fit = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(name);
  const operator = OPERATORS.get(fit?.[2] ?? "");
  if (operator === undefined)
    throw new PolicyError(`The condition operator "${name}" is not known to the local AWS.`);
  const quantifier = fit?.[1] as Parsed["quantifier"];
  return { ...operator, quantifier, ifExists: fit?.[3] !== undefined };
}

/** Whether one line of a Condition block holds: `{ operator: { key: wanted } }`. */
export function conditionHolds(
  operatorName: string,
  key: string,
  wanted: readonly string[],
  context: Context,
): boolean {
  const operator = parseOperator(operatorName);
  const given = context[key.toLowerCase()];
  const values = given === undefined ? [] : typeof given === "string" ? [given] : given;
  if (operator === "Null")
    return wanted.some((flag) => (flag.toLowerCase() === "true") === (given === undefined));
  if (values.length === 0)
    return operator.ifExists || operator.quantifier === "ForAllValues" || absentHolds(operator);
  const patterns = wanted.flatMap((pattern) => substitute(pattern, context) ?? []);
  const fits = (value: string) =>
    patterns.some((pattern) => operator.test(pattern, value)) !== operator.negated;
  switch (operator.quantifier) {
    case "ForAllValues":
      return values.every(fits);
    case "ForAnyValue":
      return values.some(fits);
    case undefined:
      // A negated operator on several values holds only when none of them fits.
      return operator.negated ? values.every(fits) : values.some(fits);
  }
}

function absentHolds(operator: Parsed): boolean {
  return operator.negated && operator.quantifier === undefined;
}
