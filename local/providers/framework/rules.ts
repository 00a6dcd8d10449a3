import type { Value } from "../wire/values.ts";
import type { Rule } from "./resource-type.ts";

function shown(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Text of a length and a form. `form` is said in words, as it is shown. */
export function name(bounds: { min?: number; max: number; form: RegExp; words: string }): Rule {
  return (value) => {
    const given = shown(value);
    if (given.length < (bounds.min ?? 1) || given.length > bounds.max) {
      return `expected length to be in the range (${bounds.min ?? 1} - ${bounds.max}), got ${given.length} characters: "${given}"`;
    }
    return bounds.form.test(given) ? undefined : `expected ${bounds.words}, got "${given}"`;
  };
}

export function between(min: number, max: number): Rule {
  return (value) =>
    typeof value === "number" && value >= min && value <= max
      ? undefined
      : `expected a value in the range (${min} - ${max}), got ${shown(value)}`;
}

export function oneOf(...allowed: (string | number)[]): Rule {
  return (value) =>
    allowed.some((one) => one === value)
      ? undefined
      : `expected one of ${JSON.stringify(allowed)}, got ${JSON.stringify(value)}`;
}

/** Every item of a list, or every value of a map. */
export function each(rule: Rule): Rule {
  return (value) => {
    const items: Value[] =
      typeof value === "object" && value !== null ? (Object.values(value) as Value[]) : [];
    return items.map((item) => rule(item)).find((reason) => reason !== undefined);
  };
}

export const json: Rule = (value) => {
  try {
    JSON.parse(shown(value));
    return undefined;
  } catch (error) {
    return `contains an invalid JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
};

/** An IAM policy: JSON with statements, each with an Effect and actions. */
export const policy: Rule = (value) => {
  const broken = json(value);
  if (broken !== undefined) return broken;
  const document = JSON.parse(shown(value)) as { Statement?: unknown };
  const statements: unknown[] = [document.Statement ?? []].flat();
  if (statements.length === 0) return "MalformedPolicyDocument: Missing required field Statement";
  return statements.map(statementProblem).find((problem) => problem !== undefined);
};

function statementProblem(statement: unknown): string | undefined {
  const { Effect, Action, NotAction } = statement as Record<string, unknown>;
  if (Effect !== "Allow" && Effect !== "Deny") {
    return "MalformedPolicyDocument: Missing or invalid field Effect";
  }
  return Action === undefined && NotAction === undefined
    ? "MalformedPolicyDocument: Policy statement must contain actions."
    : undefined;
}
