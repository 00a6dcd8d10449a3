import type { ErrorRequestHandler, Request, Response } from "express";
import { problemDocument, problemKinds, RequestProblem } from "./problem.ts";
import { logOf, requestIdOf, wantsPage } from "./request.ts";

/** Shows a problem to a person. */
export type ShowPage = (problem: RequestProblem, request: Request, response: Response) => void;

/** The one place where an error becomes an answer. What is not the caller's mistake is logged, and says nothing of our insides. */
export const errorMapper =
  (showPage: ShowPage): ErrorRequestHandler =>
  (error: unknown, request, response, next) => {
    const problem = toProblem(error);
    if (problem.kind === "internal-error") logOf(response).error({ err: error }, "request failed");
    if (response.headersSent) {
      // Half an answer is out; breaking the connection is the only honest end.
      next(error);
      return;
    }
    if (wantsPage(request, response)) {
      showPage(problem, request, response);
      return;
    }
    response
      .status(problemKinds[problem.kind].status)
      .set(problem.headers)
      .type("application/problem+json")
      .send(JSON.stringify(problemDocument(problem, requestIdOf(response))));
  };

/** V8 quotes the text around the mistake, which may be a secret; what it says before and where the mistake is are kept. */
function withoutQuotes(message: string): string {
  const where = / at position \d+( \(line \d+ column \d+\))?$/.exec(message)?.[0] ?? "";
  return `${message.slice(0, message.length - where.length).replace(/,? (in JSON|\.{0,3}".*)$/s, "")}${where}`;
}

/** Errors of express.json() carry a `type`; see the body-parser's documentation of errors. */
export function toProblem(error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error;
  const { type, message, limit } = error as { type?: string; message?: string; limit?: number };
  switch (type) {
    case "entity.parse.failed":
      return new RequestProblem(
        "malformed-json",
        `The body cannot be read as JSON: ${withoutQuotes(message ?? "")}.`,
      );
    case "entity.too.large":
      return new RequestProblem("too-large", `A body may hold ${limit ?? 0} bytes at most.`);
    case "encoding.unsupported":
    case "charset.unsupported":
      return new RequestProblem("wrong-content-type", `Send UTF-8 JSON: ${message ?? ""}.`);
    case "request.aborted":
    case "request.size.invalid":
      return new RequestProblem("malformed-json", "The body ended before its announced length.");
    default:
      break;
  }
  if (error instanceof URIError || (error as { status?: number }).status === 400) {
    return new RequestProblem("invalid-request", "The address holds a sequence that is no UTF-8.");
  }
  return new RequestProblem(
    "internal-error",
    "Something went wrong in the service; nothing is known to be wrong with the request. Quote the instance when you report it.",
    { cause: error },
  );
}
