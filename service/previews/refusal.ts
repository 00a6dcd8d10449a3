import type { OperationFailure } from "../automation/request.ts";
import type { PolicyViolation } from "./schema.ts";

/** A run that must not begin. */
export class Refusal extends Error {
  readonly failure: OperationFailure;

  constructor(failure: OperationFailure) {
    super(failure.message);
    this.name = "Refusal";
    this.failure = failure;
  }
}

export function outdated(what: string): Refusal {
  return new Refusal({
    code: "outdated",
    message: `Since the preview was made, ${what}. Nothing was done.`,
    resource: null,
    remedy: "Make another preview and have that approved.",
  });
}

export function tampered(): Refusal {
  return new Refusal({
    code: "plan-tampered",
    message: "The stored plan is not the one that its digest was made of. Nothing was done.",
    resource: null,
    remedy: "Find out who writes to the service's database; then make another preview.",
  });
}

export function refused(violation: PolicyViolation, urn: string): OperationFailure {
  return {
    code: "policy-violation",
    message: `${violation.rule}: ${violation.message}`,
    resource: violation.resource ?? urn,
    remedy: violation.cure,
  };
}
