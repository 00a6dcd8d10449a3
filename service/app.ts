import express, { type Express } from "express";
import type { Context } from "./context.ts";
import { errorMapper } from "./http/error-mapper.ts";
import { requireLoopbackName, requireToken } from "./http/guards.ts";
import { mount } from "./http/mount.ts";
import { notFound } from "./http/problem.ts";
import { identify } from "./http/request.ts";
import { endpoints } from "./routes/index.ts";

/** The HTTP application: what is open to everyone, then the guard, then the rest; errors last. */
export function makeApp(context: Context): Express {
  const { settings, log } = context;
  const app = express();
  app.disable("x-powered-by");
  app.use(identify(log));
  if (settings.token === undefined) app.use(requireLoopbackName);
  app.use(
    mount(
      endpoints.filter(({ open }) => open === true),
      context,
    ),
  );
  if (settings.token !== undefined) app.use(requireToken(settings.token));
  app.use(
    mount(
      endpoints.filter(({ open }) => open !== true),
      context,
    ),
  );
  app.use((request) => {
    throw notFound(`endpoint at ${request.path}; GET /openapi.json lists those that are`);
  });
  app.use(errorMapper);
  return app;
}
