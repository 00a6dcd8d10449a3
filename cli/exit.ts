/** What the command's exit code means; docs/cli.md shows this table. */
export const Exit = {
  /** Everything arrived; nothing differs. */
  done: 0,
  /** Some objects failed; something differs. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Some objects are held, or a cap on deletions was reached. */
  held: 3,
  /** Stopped before the budget was exceeded. */
  budget: 4,
  /** Credentials, permissions or an endpoint as a whole. */
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
