/** The ledger's folder cannot be written. Meant for whoever runs the copy. */
export class LedgerTrouble extends Error {
  override readonly name = "LedgerTrouble";
  /** The system's code: `ENOSPC`, `EACCES` ... */
  readonly code: string;

  constructor(folder: string, cause: NodeJS.ErrnoException) {
    super(describe(folder, cause), { cause });
    this.code = cause.code ?? "Unknown";
  }

  /** There is no room: nothing is lost as long as the process lives, and nothing more may be copied until there is some. */
  get full(): boolean {
    return FULL.has(this.code);
  }
}

const FULL = new Set(["ENOSPC", "EDQUOT"]);

function describe(folder: string, { code, message }: NodeJS.ErrnoException): string {
  if (code !== undefined && FULL.has(code)) {
    return `The ledger's disk is full: what was copied cannot be recorded in ${folder}. Make room there, or name another folder with XDG_STATE_HOME.`;
  }
  return `The ledger cannot be written in ${folder}: ${message}. Make the folder writable, or name another one with XDG_STATE_HOME.`;
}
