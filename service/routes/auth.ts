import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";

export const howToLogIn = endpoint({
  method: "get",
  path: "/v1/auth",
  access: "public",
  operationId: "howToLogIn",
  summary: "Where to log in, and as which client",
  description:
    "By the device flow (RFC 8628) or the authorization code with PKCE at the issuer; the access token is then sent as a bearer token.",
  params: fields({}),
  query: noQuery,
  answers: {
    200: {
      description: "What a client needs to log somebody in.",
      schema: z
        .object({
          issuer: z
            .string()
            .nullable()
            .meta({ description: "null: whoever is on the service's machine is an operator." }),
          clientId: z.string(),
          scope: z.string(),
          audience: z.string().meta({ description: "Also the resource to ask for (RFC 8707)." }),
        })
        .meta({ id: "Login" }),
    },
  },
  problems: [],
  handle: (_request, { settings: { issuer } }) => {
    const body = {
      issuer: issuer?.url ?? null,
      clientId: issuer?.clientId ?? "",
      scope: issuer?.scope ?? "",
      audience: issuer?.audience ?? "",
    };
    return Promise.resolve({ status: 200, body });
  },
});
