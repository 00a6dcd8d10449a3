export interface SetupErrorFields {
  /** Stable, for programs: `database-in-use`, `port-in-use`, `token-missing` ... */
  code: string;
  /** What it is about: a folder, an address, a variable. */
  subject: string;
  message: string;
  /** What to do next. */
  remedy: string;
  cause?: unknown;
}

/** The service cannot start or go on as it was set up: for whoever runs it. */
export class SetupError extends Error {
  readonly code: string;
  readonly subject: string;
  readonly remedy: string;

  constructor({ code, subject, message, remedy, cause }: SetupErrorFields) {
    super(message, { cause });
    this.name = "SetupError";
    this.code = code;
    this.subject = subject;
    this.remedy = remedy;
  }
}
