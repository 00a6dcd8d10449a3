import type { ProblemKind } from "../http/problem-kinds.ts";
import { RequestProblem } from "../http/problem.ts";

/** A sign-in that did not come to its end; the page about it leads back to what was wanted. */
export class SignInProblem extends RequestProblem {
  /** The page that was wanted, a whole address of ours. */
  readonly next: string | undefined;

  constructor(
    kind: ProblemKind,
    detail: string,
    more: { next?: string; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(kind, detail, more);
    this.name = "SignInProblem";
    this.next = more.next;
  }
}
