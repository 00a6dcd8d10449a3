import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { authenticator } from "./auth/authenticate.ts";
import { makeApp } from "./app.ts";
import { openDatabase } from "./db/database.ts";
import { SetupError } from "./errors.ts";
import { Dispatcher } from "./operations/dispatcher.ts";
import type { RunEngine } from "./operations/execute.ts";
import { Renewals } from "./pipelines/renewal.ts";
import { readinessOf } from "./readiness.ts";
import { awsSources, type RunSources } from "./runs/clouds.ts";
import { RunTracker } from "./runs/tracker.ts";
import type { Settings } from "./settings.ts";

export interface Service {
  /** `http://127.0.0.1:8080` */
  url: string;
  /** Takes no more requests and no more work, lets operations end or interrupts them, closes everything. */
  stop: () => Promise<void>;
}

export interface ServiceOptions {
  settings: Settings;
  env: NodeJS.ProcessEnv;
  log: Logger;
  /** In place of the engine's child processes. */
  runEngine?: RunEngine;
  /** In place of AWS. */
  sources?: RunSources;
}

/** Brings the whole service up, in order, and takes down what is up when a later part fails. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { settings, env, log } = options;
  const database = await openDatabase({
    url: settings.databaseUrl,
    folder: `${settings.home}/service/db`,
  });
  const { db } = database;
  const sources = options.sources ?? awsSources(env);
  const { runEngine } = options;
  const dispatcher = new Dispatcher({
    db,
    settings,
    log,
    env,
    ...(runEngine === undefined ? {} : { runEngine }),
    settled: () => tracker.changed(),
  });
  const tracker = new RunTracker(db, settings, sources, log);
  const renewals = new Renewals(db, log, () => dispatcher.nudge());
  const app = makeApp({
    db,
    settings,
    log,
    authenticate: authenticator(settings),
    sources,
    operationQueued: () => dispatcher.nudge(),
    operationCancelled: (id) => dispatcher.cancel(id),
    runsWanted: (id) => tracker.want(id),
    booksOf: (runId, places) => tracker.booksOf(runId, places),
    readiness: readinessOf(db, settings, env),
  });
  const server = createServer(app);
  try {
    const url = await listen(server, settings);
    log.info(
      { url, database: database.kind, operationsAtOnce: settings.operationsAtOnce },
      "service is up",
    );
    dispatcher.start();
    tracker.start();
    renewals.start();
    return {
      url,
      stop: async () => {
        await closeServer(server);
        await renewals.stop();
        await tracker.stop();
        await dispatcher.stop();
        sources.close();
        await database.close();
        log.info("service is down");
      },
    };
  } catch (error) {
    sources.close();
    await database.close();
    throw error;
  }
}

/** @throws SetupError `port-in-use`, `address-not-ours` ... */
function listen(server: Server, { host, port }: Settings): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)));
    server.listen(port, host, () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${bound}`);
    });
  });
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): SetupError {
  const subject = `${host}:${port}`;
  const known: Record<string, [string, string, string]> = {
    EADDRINUSE: [
      "port-in-use",
      `Another program listens on ${subject}.`,
      "Stop it, or set PORT to a free port.",
    ],
    EADDRNOTAVAIL: [
      "address-not-ours",
      `${host} is no address of this machine.`,
      "Set CAUSEWAY_HOST to 127.0.0.1 or to an address that `ip addr` lists.",
    ],
    EACCES: ["port-forbidden", `${subject} needs more rights.`, "Set PORT to 1024 or above."],
  };
  const [code, message, remedy] = known[error.code ?? ""] ?? [
    "cannot-listen",
    `The service cannot listen on ${subject}: ${error.message}.`,
    "Check CAUSEWAY_HOST and PORT.",
  ];
  return new SetupError({ code, subject, message, remedy, cause: error });
}

/** Requests under way may end; connections that only wait (and streams that never end) are closed after a moment. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), 1_000);
  await closed;
  clearTimeout(cut);
}
