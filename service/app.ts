import express, { type Express } from "express";
import type { Context } from "./context.ts";
import { errorMapper } from "./http/error-mapper.ts";
import { auditRefusals } from "./audit/refusals.ts";
import { signIn } from "./http/guards.ts";
import { mount } from "./http/mount.ts";
import { observe, underSpan } from "./http/observe.ts";
import { notFound } from "./http/problem.ts";
import { identify } from "./http/request.ts";
import { endpoints } from "./routes/index.ts";
import { problemPage } from "./web/problem-page.ts";

/** The HTTP application: the endpoints, each behind its guard, then what is at no address; errors last. */
export function makeApp(context: Context): Express {
  const { authenticate, log, metrics, settings } = context;
  const app = express();
  app.disable("x-powered-by");
  // Whose word is taken for where a request came from.
  if (settings.trustedProxies.length > 0) app.set("trust proxy", settings.trustedProxies);
  app.use(underSpan, identify(log), observe(metrics), context.inFlight.count);
  app.use(mount(endpoints, context));
  // Which addresses there are is for those who may use them.
  app.use(signIn(authenticate), (request) => {
    throw notFound(`endpoint at ${request.path}; GET /openapi.json lists those that are`);
  });
  app.use(auditRefusals(context));
  app.use(errorMapper(problemPage(context)));
  return app;
}
