import type { FieldProblem, ProblemDocument } from "../http/problem.ts";

/** The service said no (RFC 9457). The message is its detail: what is wrong and how to mend it. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  /** The end of the problem's type, such as `not-found`; `no-problem-details` when something else answered. */
  readonly kind: string;
  readonly title: string;
  /** The request's id: what to quote when asking about it. */
  readonly instance: string | undefined;
  readonly errors: readonly FieldProblem[];
  /** What to do next, where the service or the kind says it. */
  readonly remedy: string | undefined;
  /** The whole document: kinds may add members of their own. */
  readonly document: Readonly<Record<string, unknown>>;

  constructor(status: number, document: Readonly<Record<string, unknown>>) {
    const problem = document as Partial<ProblemDocument>;
    super(problem.detail ?? problem.title ?? `status ${status}`);
    this.status = status;
    this.document = document;
    this.kind = /([\w-]+)$/.exec(problem.type ?? "")?.[1] ?? "no-problem-details";
    this.title = problem.title ?? "";
    this.instance = problem.instance;
    this.errors = problem.errors ?? [];
    const { remedy } = document;
    this.remedy = typeof remedy === "string" ? remedy : remedies[this.kind];
  }
}

/** What the caller can do; the details of the other kinds say it themselves. */
const remedies: Readonly<Record<string, string>> = {
  unauthorized: "Log in again, or send a token that is still good.",
  "precondition-failed": "Read it again, look at what has changed, and send the change again.",
  "key-reused": "Use a new idempotency key for a new request.",
  "internal-error": "Try again; if it stays, report it with the request's id.",
};

/** No answer came: the address is wrong, the service is down, or the network in between. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";

  constructor(origin: string, cause: unknown) {
    super(`${origin} does not answer: ${reasonOf(cause)}`, { cause });
  }
}

/** fetch says only "fetch failed"; why is in its causes. */
function reasonOf(error: unknown): string {
  let here = error;
  while (here instanceof Error && here.cause !== undefined) here = here.cause;
  if (here instanceof AggregateError && here.errors.length > 0) return reasonOf(here.errors[0]);
  if (!(here instanceof Error)) return String(here);
  if (here.name === "TimeoutError") return "no answer within the time that it has";
  const { code } = here as { code?: unknown };
  return here.message !== "" ? here.message : typeof code === "string" ? code : here.name;
}

/** @returns the problem of an answer that is no success. Never throws. */
export async function problemOf(answer: Response, origin: string): Promise<ApiProblem> {
  const { status } = answer;
  const type = answer.headers.get("content-type") ?? "";
  const text = await answer.text().catch(() => "");
  if (type.includes("json")) {
    try {
      const document = JSON.parse(text) as unknown;
      if (typeof document === "object" && document !== null) {
        return new ApiProblem(status, document as Record<string, unknown>);
      }
    } catch {
      // Not what it says it is: the words below are right for it too.
    }
  }
  return new ApiProblem(status, {
    detail: `${origin} answered ${status} with ${type === "" ? "no body" : type} instead of problem details: something in between answered, or this is not Causeway's address.`,
    title: "Not an answer of Causeway",
  });
}
