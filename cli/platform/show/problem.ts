import { ApiProblem, Unreachable } from "../../../service/client/problem.ts";
import { Exit } from "../../exit.ts";
import type { Setting } from "../setting.ts";
import { excerpt, type SpecFile } from "../spec-file.ts";

/** A refusal of what a file says: the file shows where. */
export class SpecRefused extends Error {
  override readonly name = "SpecRefused";
  readonly problem: ApiProblem;
  readonly file: SpecFile;

  constructor(problem: ApiProblem, file: SpecFile) {
    super(problem.message, { cause: problem });
    this.problem = problem;
    this.file = file;
  }
}

/** Says what the service refused, what to do, and gives the exit code; anything else is for the one place that ends the command. */
export function tellProblem({ ui, settings }: Setting, error: unknown): Exit {
  ui.clear();
  if (error instanceof Unreachable) {
    ui.note(`causeway: ${error.message}.`);
    ui.note(
      `  The address is from ${settings.urlFrom}. Is the service running? causeway doctor looks closer.`,
    );
    return Exit.access;
  }
  const problem = error instanceof SpecRefused ? error.problem : error;
  if (!(problem instanceof ApiProblem)) throw error;
  if (ui.json) ui.data(problem.document);
  const { title, kind, remedy, instance } = problem;
  ui.note(`causeway: ${title === "" ? kind : title} (${kind})`);
  for (const line of detailLines(problem, error instanceof SpecRefused ? error.file : undefined)) {
    ui.note(`  ${line}`);
  }
  if (remedy !== undefined) ui.note(`  ${remedy}`);
  if (problem.status === 401) ui.note("  causeway login, or set CAUSEWAY_TOKEN.");
  if (instance !== undefined && problem.status >= 500) ui.note(`  ${instance}`);
  return exitOf(problem);
}

function detailLines(problem: ApiProblem, file: SpecFile | undefined): string[] {
  if (problem.errors.length === 0) return problem.message.split("\n");
  return problem.errors.flatMap(({ in: where, pointer, detail }) => {
    const position = where === "body" ? file?.locate(pointer) : undefined;
    if (file === undefined || position === undefined) return [`${pointer}: ${detail}`];
    const line = file.lines[position.line - 1] ?? "";
    return [
      `${file.path}:${position.line}:${position.column}: ${detail}`,
      ...excerpt(position, line).split("\n"),
    ];
  });
}

export function exitOf({ status, kind }: ApiProblem): Exit {
  if (kind === "policy-violation") return Exit.held;
  if (status === 400 || status === 422 || status === 413) return Exit.usage;
  if (status === 409 || status === 412) return Exit.held;
  if (status === 401 || status === 403 || status === 429 || status >= 500) return Exit.access;
  return Exit.failed;
}
