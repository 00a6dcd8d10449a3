import { withoutShapes } from "../automation/redaction/shapes.ts";
import { currentTraceId } from "../telemetry/trace.ts";
import { problemKinds, type ExplainedKind, type ProblemKind } from "./problem-kinds.ts";

export { problemKinds, type ProblemKind } from "./problem-kinds.ts";

/** Where in a request something is wrong, and the sentence for whoever sent it: what was expected, what was got, how to mend it. */
export interface FieldProblem {
  in: "body" | "query" | "path" | "header";
  /** JSON pointer (RFC 6901) for a body, `/name` for the rest. */
  pointer: string;
  detail: string;
}

/** RFC 9457, media type application/problem+json. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** The request's id: what to quote when asking about it. */
  instance: string;
  /** Where this service explains the kind. */
  help: string;
  /** Of the trace that the request is part of, where traces are exported. */
  trace?: string;
  errors?: FieldProblem[];
}

export interface Refused {
  /** Whose log it is in; null: the operators' only. */
  tenant: string | null;
  /** Who it was, when the request has no principal because of it. */
  principal?: { id: string; name: string; kind: "user" | "machine" };
}

/** A request that cannot be done as it was sent; thrown anywhere, answered by the one error mapper. */
export class RequestProblem extends Error {
  readonly kind: ProblemKind;
  readonly errors: FieldProblem[] | undefined;
  readonly headers: Record<string, string>;
  /** Set where somebody known was kept from something: the audit log has it. */
  readonly refused: Refused | undefined;

  constructor(
    kind: ProblemKind,
    detail: string,
    more: {
      errors?: FieldProblem[];
      headers?: Record<string, string>;
      cause?: unknown;
      refused?: Refused;
    } = {},
  ) {
    super(detail, { cause: more.cause });
    this.name = "RequestProblem";
    this.kind = kind;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
    this.refused = more.refused;
  }
}

export function problemType(kind: ExplainedKind): string {
  return `urn:causeway:problem:${kind}`;
}

export function problemDocument(problem: RequestProblem, requestId: string): ProblemDocument {
  const { status, title } = problemKinds[problem.kind];
  const traceId = currentTraceId();
  return {
    type: problemType(problem.kind),
    title,
    status,
    // It may quote the address.
    detail: withoutShapes(problem.message),
    instance: `urn:causeway:request:${requestId}`,
    help: `/problems/${problem.kind}`,
    ...(traceId === undefined ? {} : { trace: traceId }),
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
}

export function notFound(what: string): RequestProblem {
  return new RequestProblem("not-found", `There is no ${what}.`);
}
