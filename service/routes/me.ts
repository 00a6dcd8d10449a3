import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { roles } from "../auth/principal.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";

export const me = endpoint({
  method: "get",
  path: "/v1/me",
  access: "signed-in",
  operationId: "whoAmI",
  summary: "Who you are to this service, and what you may do",
  params: fields({}),
  query: noQuery,
  answers: {
    200: {
      description: "You.",
      schema: z
        .object({
          id: z.string(),
          name: z.string(),
          kind: z.enum(["user", "machine", "local"]),
          operator: z.boolean().meta({ description: "May do everything in every tenant." }),
          roles: z.record(z.string(), z.enum(roles)).meta({ description: "By tenant." }),
          until: z.iso
            .datetime()
            .nullable()
            .meta({ description: "When a machine token ends; null for the rest." }),
        })
        .meta({ id: "Principal" }),
    },
  },
  problems: [],
  handle: ({ principal }) => {
    const { id, name, kind, operator, until } = principal;
    const body = {
      id,
      name,
      kind,
      operator,
      roles: principal.roles,
      until: until?.toISOString() ?? null,
    };
    return Promise.resolve({ status: 200, body });
  },
});
