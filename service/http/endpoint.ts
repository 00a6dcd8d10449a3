import type { Response } from "express";
import type { Logger } from "pino";
import type { z } from "zod";
import { explain, secretProblems } from "../../infra/spec/index.ts";
import type { Access, Principal } from "../auth/principal.ts";
import type { Context } from "../context.ts";
import { nulProblems } from "./nul.ts";
import { RequestProblem, type FieldProblem, type ProblemKind } from "./problem.ts";

export type Method = "get" | "post" | "put" | "delete";

/** What an endpoint documents about one of its answers; problems are documented by their kinds. */
export interface Answer {
  description: string;
  schema?: z.ZodType;
  /** Name to description. */
  headers?: Record<string, string>;
  contentType?: string;
  /** Other types that the same answer may come in, without a schema. */
  contentTypes?: readonly string[];
}

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string | string[]>;
  /** Instead of a body: writes the answer itself, until the promise resolves. */
  stream?: (response: Response) => Promise<void>;
}

/** A request that has been parsed, once, here. */
export interface Parsed<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  header: (name: string) => string | undefined;
  /** Who sent it. */
  principal: Principal;
  requestId: string;
  /** The address it came from. */
  from: string;
  log: Logger;
}

interface Definition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  method: Method;
  /** `/v1/tenants/{tenant}/pipelines` */
  path: string;
  operationId: string;
  summary: string;
  description?: string;
  /**
   * Who may call it; `{ tenant }` looks at the path parameter of that name. An endpoint that only learns the tenant from what it loads is
   * "signed-in" and asks `request.principal.require` itself.
   */
  access: Access;
  params: P;
  query: Q;
  /** Absent: the endpoint takes no body. */
  body?: B;
  /** Nothing of the request is kept or shown: what looks like a secret in it may pass, such as an issuer's code. */
  passesSecrets?: true;
  /** Header names to what they do. */
  headers?: Record<string, string>;
  answers: Record<number, Answer>;
  problems: ProblemKind[];
  handle(request: Parsed<z.output<P>, z.output<Q>, z.output<B>>, context: Context): Promise<Reply>;
}

export interface RawRequest {
  params: unknown;
  query: unknown;
  body: unknown;
  header: (name: string) => string | undefined;
  principal: Principal;
  requestId: string;
  from: string;
  log: Logger;
}

/** An endpoint with its types behind it: what the router, the 405 answer and OpenAPI need. */
export interface Endpoint extends Omit<
  Definition<z.ZodObject, z.ZodObject, z.ZodType>,
  "handle" | "body"
> {
  body: z.ZodType | undefined;
  answer(request: RawRequest, context: Context): Promise<Reply>;
}

/** An endpoint's own types, for the client; nothing at run time. */
export interface Signature<S extends { method: string; path: string }, P, Q, B, A> {
  method: S["method"];
  path: S["path"];
  params: P;
  query: Q;
  body: B;
  answers: A;
}

export function endpoint<
  const S extends { method: Method; path: string },
  P extends z.ZodObject,
  Q extends z.ZodObject,
  const A extends Record<number, Answer>,
  B extends z.ZodType = z.ZodUndefined,
>(
  definition: Definition<P, Q, B> & S & { answers: A },
): Endpoint & { signature?: Signature<S, P, Q, B, A> } {
  const { params, query, body, passesSecrets = false } = definition;
  return {
    ...definition,
    body,
    answer: (request, context) => {
      const problems: FieldProblem[] = [];
      const parsed = {
        params: parse(params, request.params, "path", problems),
        query: parse(query, request.query, "query", problems, passesSecrets),
        body: body === undefined ? undefined : parse(body, request.body, "body", problems),
      };
      if (problems.length > 0) throw invalid(problems);
      return definition.handle(
        {
          ...(parsed as { params: z.output<P>; query: z.output<Q>; body: z.output<B> }),
          header: request.header,
          principal: request.principal,
          requestId: request.requestId,
          from: request.from,
          log: request.log,
        },
        context,
      );
    },
  };
}

function parse(
  schema: z.ZodType,
  input: unknown,
  where: FieldProblem["in"],
  problems: FieldProblem[],
  passesSecrets = false,
): unknown {
  const result = schema.safeParse(input);
  // A body's free texts are no place for a secret either: what passes here is stored.
  const wrong = result.success
    ? [...nulProblems(input), ...(passesSecrets ? [] : secretProblems(input))]
    : explain(result.error, input);
  problems.push(...wrong.map((problem) => ({ in: where, ...problem })));
  return result.success && wrong.length === 0 ? result.data : undefined;
}

const mostListed = 50;

export function invalid(
  problems: FieldProblem[],
  kind: ProblemKind = "invalid-request",
): RequestProblem {
  const [first] = problems;
  const more = problems.length === 1 ? "" : ` (and ${problems.length - 1} more, see errors)`;
  const where = first?.pointer === "" ? `the ${first.in}` : (first?.pointer ?? "");
  return new RequestProblem(kind, `${where}: ${first?.detail ?? ""}${more}`, {
    errors: problems.slice(0, mostListed),
  });
}
