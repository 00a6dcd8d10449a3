import express, { Router, type RequestHandler } from "express";
import type { Context } from "../context.ts";
import { guardsOf, principalOf, requireAccess, signIn } from "./guards.ts";
import type { Endpoint, Reply } from "./endpoint.ts";
import { RequestProblem } from "./problem.ts";
import { atRoute, logOf, requestIdOf } from "./request.ts";

/** A spec of fifty targets with long filters has some 40 kB. */
export const bodyLimit = 256 * 1024;

const readJson = express.json({ limit: bodyLimit, type: "application/json", strict: false });

/**
 * A router that answers each endpoint at its path, and other methods at these paths with 405. The one place where it is decided who may
 * call what.
 */
export function mount(endpoints: readonly Endpoint[], context: Context): Router {
  endpoints.forEach(requireAccess);
  const { authenticate, rateLimits } = context;
  const router = Router({ caseSensitive: true, strict: true });
  const paths = Map.groupBy(endpoints, (endpoint) => toExpress(endpoint.path));
  for (const [path, there] of paths) {
    const route = router.route(path);
    route.all(atRoute(there[0]?.path ?? path, there.some(isPage)));
    for (const endpoint of there) {
      const body = endpoint.body === undefined ? [] : [requireJson, readJson];
      route[endpoint.method](
        ...guardsOf(endpoint, authenticate),
        ...(endpoint.access === "public" ? [] : [rateLimits.guard]),
        ...body,
        answerWith(endpoint, context),
      );
    }
    const open = there.some(({ access }) => access === "public");
    route.all(...(open ? [] : [signIn(authenticate)]), refuseMethod(there));
  }
  return router;
}

function answerWith(endpoint: Endpoint, context: Context): RequestHandler {
  return async (request, response) => {
    const reply = await endpoint.answer(
      {
        params: request.params,
        query: request.query,
        body: request.body as unknown,
        header: (name) => request.get(name),
        principal: principalOf(response),
        requestId: requestIdOf(response),
        from: request.ip ?? "",
        log: logOf(response),
      },
      context,
    );
    response.status(reply.status).set(reply.headers ?? {});
    await send(reply, response);
  };
}

async function send(reply: Reply, response: Parameters<RequestHandler>[1]): Promise<void> {
  if (reply.stream !== undefined) await reply.stream(response);
  else if (reply.body === undefined) response.end();
  else response.json(reply.body);
}

/** A body must say that it is JSON; a request without a body may leave it out, and the schema says whether one was needed. */
const requireJson: RequestHandler = (request, _response, next) => {
  const hasBody =
    request.get("transfer-encoding") !== undefined ||
    Number(request.get("content-length") ?? 0) > 0;
  if (hasBody && request.is("application/json") === false) {
    throw new RequestProblem(
      "wrong-content-type",
      `Send the body as application/json, not ${request.get("content-type") ?? "without a content-type"}.`,
    );
  }
  next();
};

function refuseMethod(endpoints: readonly Endpoint[]): RequestHandler {
  const methods = endpoints.map(({ method }) => method.toUpperCase());
  const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].sort().join(", ");
  return (request) => {
    throw new RequestProblem("wrong-method", `${request.method} is not among: ${allow}.`, {
      headers: { allow },
    });
  };
}

function isPage({ answers }: Endpoint): boolean {
  return Object.values(answers).some(({ contentType }) => contentType === "text/html");
}

function toExpress(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}
