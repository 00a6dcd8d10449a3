import type { PolicyDocument, PolicyStatement } from "../contract.ts";
import { AwsError } from "../contract.ts";

/** A policy that cannot be understood. The request that brings it, or meets it, fails. */
export class PolicyError extends AwsError {
  constructor(message: string) {
    super("MalformedPolicyDocument", 400, message);
  }
}

/** What a policy is for decides what its statements must say. */
export type PolicyKind = "identity" | "resource" | "trust";

const FIELDS = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

/** The statements of a policy, which may hold one or a list. */
export function statementsOf(policy: PolicyDocument): readonly PolicyStatement[] {
  return list(policy.Statement);
}

/** One value or a list, as a list. */
export function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/**
 * Reads a policy's JSON text and refuses what IAM would refuse on sight.
 * @param knows says whether a condition operator is known; it throws a PolicyError when not.
 * @throws PolicyError
 */
export function parsePolicy(
  text: string,
  kind: PolicyKind,
  knows: (operator: string) => unknown,
): PolicyDocument {
  const document = json(text);
  if (!isRecord(document)) throw new PolicyError("Syntax errors in policy: not a JSON object.");
  const version = document["Version"];
  if (version !== undefined && version !== "2012-10-17" && version !== "2008-10-17")
    throw new PolicyError(`The policy's Version must be 2012-10-17, got ${show(version)}.`);
  const statements = list(document["Statement"]);
  if (statements.length === 0) throw new PolicyError("The policy has no Statement.");
  for (const statement of statements) checkStatement(statement, kind, knows);
  return document as unknown as PolicyDocument;
}

function checkStatement(
  statement: unknown,
  kind: PolicyKind,
  knows: (operator: string) => unknown,
): void {
  if (!isRecord(statement)) throw new PolicyError("A Statement must be an object.");
  for (const field of Object.keys(statement))
    if (!FIELDS.has(field))
      throw new PolicyError(`Syntax errors in policy: unknown field ${field}.`);
  const effect = statement["Effect"];
  if (effect !== "Allow" && effect !== "Deny")
    throw new PolicyError(`A statement's Effect must be Allow or Deny, got ${show(effect)}.`);
  exactlyOne(statement, "Action", "NotAction");
  checkPrincipal(statement, kind);
  if (kind === "trust") none(statement, "Resource", "NotResource");
  else exactlyOne(statement, "Resource", "NotResource");
  for (const action of [...texts(statement, "Action"), ...texts(statement, "NotAction")])
    if (action !== "*" && !/^[a-z0-9-]+:\S+$/i.test(action))
      throw new PolicyError(`Actions must be prefixed by a vendor, such as s3: got "${action}".`);
  texts(statement, "Resource");
  texts(statement, "NotResource");
  checkCondition(statement["Condition"], knows);
}

function checkPrincipal(statement: Record<string, unknown>, kind: PolicyKind): void {
  if (kind === "identity") {
    none(statement, "Principal", "NotPrincipal");
    return;
  }
  exactlyOne(statement, "Principal", "NotPrincipal");
  const principal = statement["Principal"] ?? statement["NotPrincipal"];
  if (principal !== "*" && !isRecord(principal))
    throw new PolicyError(`A Principal must be "*" or an object, got ${show(principal)}.`);
}

function checkCondition(condition: unknown, knows: (operator: string) => unknown): void {
  if (condition === undefined) return;
  if (!isRecord(condition)) throw new PolicyError("A Condition must be an object.");
  for (const [operator, keys] of Object.entries(condition)) {
    knows(operator);
    if (!isRecord(keys))
      throw new PolicyError(`The condition ${operator} must be an object of condition keys.`);
  }
}

function texts(statement: Record<string, unknown>, field: string): readonly string[] {
  const values = list(statement[field]);
  for (const value of values)
    if (typeof value !== "string")
      throw new PolicyError(`A statement's ${field} must be text, got ${show(value)}.`);
  return values as readonly string[];
}

function exactlyOne(statement: Record<string, unknown>, one: string, other: string): void {
  const given = [one, other].filter((field) => list(statement[field]).length > 0);
  if (given.length !== 1)
    throw new PolicyError(`A statement must contain exactly one of ${one} and ${other}.`);
}

function none(statement: Record<string, unknown>, ...fields: string[]): void {
  for (const field of fields)
    if (statement[field] !== undefined) throw new PolicyError(`Has prohibited field ${field}.`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new PolicyError("Syntax errors in policy: not valid JSON.");
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
