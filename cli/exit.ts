/** What the command's exit code means; docs/cli.md shows this table, with the words of each group of commands. */
export const Exit = {
  /** Everything arrived; nothing differs. */
  done: 0,
  /** Some objects failed; something differs; an operation failed; the answer is no. */
  failed: 1,
  /** The command line is wrong, or a spec is. */
  usage: 2,
  /** Somebody must decide: objects are held, a cap on deletions was reached; an approval is outdated, a rule forbids it. */
  held: 3,
  /** Stopped before the budget was exceeded. */
  budget: 4,
  /** Credentials, permissions or an endpoint as a whole; the service cannot be reached. */
  access: 5,
  /** Interrupted by a signal. */
  interrupted: 130,
} as const;

export type Exit = (typeof Exit)[keyof typeof Exit];

export interface Ending {
  readonly failed: number;
  readonly held: number;
  /** A cap on deletions held the deletions back. */
  readonly capped: boolean;
  readonly budgetReached: boolean;
  readonly interrupted: boolean;
  /** All that is found is settled and written down. */
  readonly closed: boolean;
}

/** The one code that says most: what stopped the run, before what it left undone. */
export function exitOf(ending: Ending): Exit {
  if (ending.interrupted) return Exit.interrupted;
  if (ending.budgetReached) return Exit.budget;
  if (ending.failed > 0 || !ending.closed) return Exit.failed;
  return ending.held > 0 || ending.capped ? Exit.held : Exit.done;
}
