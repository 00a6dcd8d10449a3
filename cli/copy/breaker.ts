import type { LedgerRecord } from "../../runtime/ledger/entry.ts";

/** So many refusals in a row, with nothing that went well before, are no matter of single objects. */
const ENOUGH = 100;
const REFUSALS = new Set([
  "AccessDenied",
  "AuthorizationFailure",
  "AuthorizationPermissionMismatch",
  "AuthenticationFailed",
  "SasExpired",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "NoCredentials",
  "ContainerNotFound",
  "NoSuchBucket",
  "AccountIsDisabled",
]);

/** Stops a run in which everything is refused: a million failures say no more than a hundred. */
export class Breaker {
  readonly #stop: () => void;
  #refused = 0;
  #well = false;
  #why: string | undefined;

  constructor(stop: () => void) {
    this.#stop = stop;
  }

  /** Why the run was stopped; undefined: it was not. */
  get why(): string | undefined {
    return this.#why;
  }

  record({ state, class: kind, reason }: LedgerRecord): void {
    if (state === "copied" || state === "deleted") this.#well = true;
    if (this.#well || this.#why !== undefined) return;
    this.#refused = state === "failed" && REFUSALS.has(kind ?? "") ? this.#refused + 1 : 0;
    if (this.#refused < ENOUGH) return;
    this.#why = `Everything is refused. ${reason ?? ""}`;
    this.#stop();
  }
}
