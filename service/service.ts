import { createServer } from "node:http";
import type { Logger } from "pino";
import { authenticator } from "./auth/authenticate.ts";
import { makeApp } from "./app.ts";
import { operationEnvironment } from "./automation/environment.ts";
import { openDatabase } from "./db/database.ts";
import { closeServer, listen } from "./http/listen.ts";
import { limitFailures } from "./http/failed-sign-ins.ts";
import { RateLimits } from "./http/rate-limits.ts";
import { Streams } from "./http/streams.ts";
import { ChildPool } from "./operations/child-pool.ts";
import { Dispatcher } from "./operations/dispatcher.ts";
import type { RunEngine } from "./operations/execute.ts";
import { Expiries } from "./governance/expiry.ts";
import { DriftWatch } from "./drift/watch.ts";
import { InFlight } from "./http/in-flight.ts";
import { Creations } from "./pipelines/creations.ts";
import { warmUp } from "./pipelines/warm-up.ts";
import { Renewals } from "./pipelines/renewal.ts";
import { readinessOf } from "./readiness.ts";
import { awsSources, type RunSources } from "./runs/clouds.ts";
import { RunTracker } from "./runs/tracker.ts";
import type { Settings } from "./settings.ts";
import { SignIn } from "./sign-in/sign-in.ts";
import { Metrics } from "./telemetry/metrics.ts";
import { metricsServer } from "./telemetry/metrics-server.ts";
import { watchStock } from "./telemetry/stock.ts";
import { startTracing } from "./telemetry/tracing.ts";
import { version } from "./telemetry/version.ts";

export interface Service {
  /** `http://127.0.0.1:8080` */
  url: string;
  /** Where metrics have an address of their own. */
  metricsUrl: string | undefined;
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

const answersFirstMs = 250;

/** Brings the whole service up, in order, and takes down what is up when a later part fails. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { settings, env, log } = options;
  const database = await openDatabase({
    url: settings.databaseUrl,
    folder: `${settings.home}/service/db`,
  });
  const { db, changes } = database;
  const stopTracing = await startTracing(env, log);
  const sources = options.sources ?? awsSources(env);
  const { runEngine } = options;
  const metrics = new Metrics(version);
  watchStock(metrics, db);
  const children = new ChildPool({
    size: runEngine === undefined ? settings.warmChildren : 0,
    env: operationEnvironment(env),
    folder: settings.home,
    // Where operations run another program, that is theirs to load.
    preload: { product: settings.program === undefined, engine: settings.engine },
    log,
  });
  const dispatcher = new Dispatcher({
    db,
    settings,
    log,
    metrics,
    env,
    takeChild: children.take,
    ...(runEngine === undefined ? {} : { runEngine }),
    settled: () => tracker.changed(),
  });
  const tracker = new RunTracker(db, settings, sources, log);
  const renewals = new Renewals(db, log, () => dispatcher.nudge());
  const expiries = new Expiries(db, log, metrics, () => dispatcher.nudge());
  const drift = new DriftWatch(db, settings, log, () => dispatcher.nudge());
  const { issuer } = settings;
  const signIn = issuer === undefined ? undefined : new SignIn(issuer, settings.signIn, db, log);
  const inFlight = new InFlight();
  const app = makeApp({
    db,
    settings,
    log,
    metrics,
    changes,
    streams: new Streams(metrics, settings.streamsAtOnce),
    rateLimits: new RateLimits(settings.rates, database, metrics),
    authenticate: limitFailures(
      authenticator(settings, db, signIn),
      settings.rates.failedSignIns,
      () => metrics.rateLimited("failed-sign-ins"),
    ),
    signIn,
    sources,
    creations: new Creations(db, log),
    inFlight,
    // To start an operation holds everything up for a moment: those who wait for an answer come first.
    operationQueued: () => void inFlight.quiet(answersFirstMs).then(() => dispatcher.nudge()),
    operationCancelled: (id) => dispatcher.cancel(id),
    runsWanted: (id) => tracker.want(id),
    booksOf: (runId, places) => tracker.booksOf(runId, places),
    readiness: readinessOf(db, settings, env, () => dispatcher.lookedAt),
  });
  const server = createServer(app);
  const forScrapers = metricsServer(metrics, log);
  try {
    const url = await listen(server, settings);
    const warm = database.kind === "pglite" ? warmUp(db, log) : undefined;
    const metricsUrl =
      settings.metrics === undefined ? undefined : await listen(forScrapers, settings.metrics);
    log.info(
      { url, metricsUrl, database: database.kind, operationsAtOnce: settings.operationsAtOnce },
      "service is up",
    );
    dispatcher.start();
    children.start();
    tracker.start();
    renewals.start();
    drift.start();
    expiries.start();
    return {
      url,
      metricsUrl,
      stop: async () => {
        await Promise.all([closeServer(server), closeServer(forScrapers)]);
        await renewals.stop();
        await drift.stop();
        await expiries.stop();
        await tracker.stop();
        await Promise.all([dispatcher.stop(), children.stop()]);
        sources.close();
        await warm;
        await database.close();
        await stopTracing();
        log.info("service is down");
      },
    };
  } catch (error) {
    server.close();
    forScrapers.close();
    sources.close();
    await database.close();
    await stopTracing();
    throw error;
  }
}
