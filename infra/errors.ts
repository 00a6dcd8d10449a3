/** A mistake in a stack's config or in how stacks fit together: for the person who runs the program. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
  /** Stable, for programs: `config-invalid`, `spec-invalid`, `foundation-incomplete`, ... */
  readonly code: string;
  /** What it is about: a config key, a stack, a bucket. */
  readonly subject: string;
  readonly remedy: string;

  constructor(code: string, subject: string, problem: string, remedy: string, cause?: unknown) {
    super(`${subject}: ${problem} ${remedy}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.subject = subject;
    this.remedy = remedy;
  }
}
