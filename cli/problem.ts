import { CloudError, Interrupted } from "../runtime/errors.ts";
import { BadUsage, NoAccess } from "./errors.ts";

/** An error in words for people: the world's troubles without a stack, our own bugs with one. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return isOurFault(error)
    ? `a bug of ours, please report it: ${error.stack ?? error.message}`
    : error.message;
}

/** Neither the command line, nor a cloud, nor this machine: an error that nobody foresaw. */
export function isOurFault(error: unknown): boolean {
  if (error instanceof BadUsage || error instanceof NoAccess) return false;
  if (error instanceof CloudError || error instanceof Interrupted) return false;
  // What the system says (a full disk, a folder that cannot be written) carries a code.
  const foreseen = ["BadJob", "BadRate", "LedgerTrouble", "BudgetReached"];
  if (error instanceof Error && foreseen.includes(error.name)) return false;
  return typeof (error as { code?: unknown } | null)?.code !== "string";
}
