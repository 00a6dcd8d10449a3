/** The services a worker talks to. */
export type CloudService = "s3" | "sqs" | "ssm" | "azure";

export interface CloudErrorFacts {
  readonly service: CloudService;
  /** What was asked for, as the cloud's permissions name it: `s3:GetObject`, `blob:PutBlock`. */
  readonly action: string;
  /** What it was asked of: `s3://bucket/key`, a queue's URL, `azure://account/container/name`. Never with a query string. */
  readonly subject: string;
  /** The cloud's own code (`AccessDenied`, `ServerBusy`), or ours for what never became an answer: `Network`, `TimedOut`. */
  readonly code: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The cloud's own words. */
  readonly said: string;
  /** What to do about it, where that is known. */
  readonly remedy?: string;
  /** From Retry-After. */
  readonly retryAfterMs?: number;
  /** The cloud's clock when it answered, for clock skew. */
  readonly serverTime?: Date;
  readonly requestId?: string;
  /** Bytes of the answer's body that are in the caller's buffer, when it broke off. */
  readonly received?: number;
}

/** A request to a cloud that did not succeed. Its class (retry, hold, fail ...) is decided by `decide/retry.ts`. */
export class CloudError extends Error {
  override readonly name = "CloudError";
  readonly facts: CloudErrorFacts;

  constructor(facts: CloudErrorFacts, options?: { cause?: unknown }) {
    super(describe(facts), options);
    this.facts = facts;
  }

  get code(): string {
    return this.facts.code;
  }

  /** The cloud said no to who we are or where we come from, rather than to what we asked. */
  get denied(): boolean {
    return this.facts.status === 401 || this.facts.status === 403;
  }
}

/** The job or the environment is wrong: nothing can start. Meant for whoever deployed the worker. */
export class BadJob extends Error {
  override readonly name = "BadJob";
}

/** The worker is stopping: the work was left where it was and its message goes back to the queue. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor() {
    super("The worker is stopping.");
  }
}

/** Why nothing may be copied for now, in a word that the ledger and the run's problems show. */
export type PostponedClass = "OutsideWindow" | "BudgetExceeded";

/**
 * The object may be copied, but not now: its message goes back into the queue as a new one, so that waiting does not count as failing.
 * `all`: nothing may be copied; `one`: smaller objects still may.
 */
export class Postponed extends Error {
  override readonly name = "Postponed";
  readonly class: PostponedClass;
  readonly scope: "all" | "one";

  constructor(kind: PostponedClass, scope: "all" | "one", message: string) {
    super(message);
    this.class = kind;
    this.scope = scope;
  }
}

function describe(facts: CloudErrorFacts): string {
  const status = facts.status === 0 ? "" : ` (${facts.status})`;
  const said = facts.said === "" ? "" : `: ${facts.said.trim()}`;
  const remedy = facts.remedy === undefined ? "" : ` ${facts.remedy}`;
  return `${facts.action} on ${facts.subject} failed with ${facts.code}${status}${said}${/[.!?]$/.test(said) || said === "" ? "" : "."}${remedy}`;
}
