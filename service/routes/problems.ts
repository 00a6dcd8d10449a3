import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { explainedKinds, type ExplainedKind } from "../http/problem-kinds.ts";
import { problemType } from "../http/problem.ts";

const kinds = Object.keys(explainedKinds) as [ExplainedKind, ...ExplainedKind[]];

const ProblemKindPage = z
  .object({
    type: z.string(),
    status: z.int().nullable().meta({ description: "null: an operation's outcome, no answer's." }),
    title: z.string(),
    meaning: z.string(),
    remedy: z.string(),
  })
  .meta({ id: "ProblemKind" });

export const problemGet = endpoint({
  method: "get",
  path: "/problems/{kind}",
  operationId: "explainProblem",
  summary: "What a kind of problem means, and what to do",
  access: "public",
  params: fields({ kind: z.enum(kinds) }),
  query: noQuery,
  answers: { 200: { description: "The explanation.", schema: ProblemKindPage } },
  problems: [],
  handle: ({ params }) => {
    const page = explainedKinds[params.kind];
    return Promise.resolve({ status: 200, body: { type: problemType(params.kind), ...page } });
  },
});
