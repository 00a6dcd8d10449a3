import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { AwsClient } from "./aws/client.ts";
import { caBundle } from "./aws/ca-bundle.ts";
import { defaultCredentials } from "./aws/credentials.ts";
import { Looker } from "./copy/looker.ts";
import { Intake, sliceShare } from "./events/intake.ts";
import { SqsQueue } from "./events/queue.ts";
import { startBeat } from "./health/beat.ts";
import { healthOf, type Health } from "./health/health.ts";
import { serveHealth } from "./health/http.ts";
import { Http } from "./http/send.ts";
import { bucketStore } from "./ledger/bucket.ts";
import { Ledger } from "./ledger/ledger.ts";
import type { LedgerStore } from "./ledger/store.ts";
import { createLog, type Log } from "./log.ts";
import { Pace, paced } from "./pace/pace.ts";
import { openPlaces } from "./places.ts";
import { bucketSigns } from "./pace/bucket-signs.ts";
import { Members } from "./pace/members.ts";
import { Rate } from "./pace/rate.ts";
import { Problems } from "./problems.ts";
import { Fleet } from "./scan/fleet/fleet.ts";
import { bucketObjects } from "./scan/fleet/objects.ts";
import { readSettings, type Settings } from "./settings.ts";

/** How long the last words may take once looks have ended: messages handed back, the ledger's last file. */
const LAST_WORDS_MS = 4_000;

/** Copies until SIGTERM, then hands back what cannot be finished. Returns the exit code. */
export async function run(env: NodeJS.ProcessEnv): Promise<number> {
  const settings = readSettings(env);
  const log = createLog(
    {
      tenant: settings.job.tenant,
      pipeline: settings.job.pipeline,
      generation: settings.job.generation,
      worker: settings.worker,
    },
    { level: settings.logLevel },
  );
  lastResort(log);
  return work(settings, env, log);
}

async function work(settings: Settings, env: NodeJS.ProcessEnv, log: Log): Promise<number> {
  const receiving = controller();
  const looking = controller();
  const speaking = controller();
  const http = new Http(caBundle(env));
  const problems = new Problems(log);
  const credentials = defaultCredentials();
  const aws = new AwsClient(http.send, credentials, env);
  const { job } = settings;
  const { objects, receives } = job.limits;
  const queue = new SqsQueue(aws, settings.region, job.queue);
  const store = bucketStore(aws, { ...job.ledger, region: settings.region });
  const ledger = openLedger(settings, store, problems, speaking.signal);
  // What waits for the queue must not be taken for a cloud that is slow.
  const send = paced(http.send, new Pace());
  const pace = openRate(settings, aws, problems, speaking.signal);
  const places = openPlaces({ ...settings, aws, send, credentials, env, rate: pace.rate });
  const shared = { ...places, ledger, log, receives, signal: looking.signal };
  const looker = new Looker({ ...shared, problems });
  const fleet = new Fleet({
    ...shared,
    objects: sliceShare(objects),
    cap: job.deletes.mode === "mirror" ? (job.deletes.cap ?? {}) : {},
    store: bucketObjects(aws, { ...job.ledger, region: settings.region }, store),
    send: (message, delay, signal) => queue.send(JSON.stringify(message), delay, signal),
  });
  const intake = new Intake({
    queue,
    bucket: job.source.bucket,
    look: looker.look,
    scan: (message, received) => fleet.handle(message, received),
    objects,
    log,
    problems,
    receiving: receiving.signal,
    speaking: speaking.signal,
  });
  const endHealth = showHealth(settings, intake, ledger, receiving.signal, log);
  const endTotals = logTotals(ledger, log);
  const stop = stopSignal();
  intake.start();
  log.info(
    { startMs: Math.round(performance.now()), limits: job.limits, by: job.by },
    "worker started",
  );

  const signalName = await stop;
  log.info(
    { signal: signalName, inFlight: intake.inFlight, graceMs: settings.graceMs },
    "stopping",
  );
  receiving.abort();
  const settled = intake.settled();
  await Promise.race([settled, pause(Math.max(0, settings.graceMs - LAST_WORDS_MS))]);
  if (intake.inFlight > 0) log.info({ inFlight: intake.inFlight }, "handing back what is left");
  looking.abort();
  await Promise.race([settled, pause(LAST_WORDS_MS), flushUntil(ledger, settled)]);
  speaking.abort();
  endTotals();
  endHealth();
  await pace.ended;
  await http.close();
  log.info({ totals: ledger.totals() }, "worker ended");
  return 0;
}

/** The pipeline's rate, shared with its other workers. `ended` resolves when they know that this one has left. */
function openRate(
  { job, region, worker }: Settings,
  aws: AwsClient,
  problems: Problems,
  signal: AbortSignal,
): { readonly rate: Rate | undefined; readonly ended: Promise<void> } {
  const { bytesPerSecond } = job.limits;
  if (bytesPerSecond === undefined) return { rate: undefined, ended: Promise.resolve() };
  const members = new Members({
    store: bucketSigns(aws, { ...job.ledger, region }),
    worker,
    signal,
    onTrouble: (error) => problems.report(error),
  });
  const schedule = { zone: "UTC", windows: [], otherwise: bytesPerSecond };
  return { rate: new Rate({ schedule, members }), ended: members.run() };
}

function openLedger(
  settings: Settings,
  store: LedgerStore,
  problems: Problems,
  signal: AbortSignal,
): Ledger {
  const { job, worker } = settings;
  return new Ledger({
    owner: { tenant: job.tenant, pipeline: job.pipeline, generation: job.generation },
    worker,
    write: (name, bytes, until) => store.write(name, bytes, until),
    signal,
    onTrouble: (error) => problems.report(error),
  });
}

function showHealth(
  settings: Settings,
  intake: Intake,
  ledger: Ledger,
  receiving: AbortSignal,
  log: Log,
): () => void {
  const health = (): Health =>
    healthOf(
      {
        stopping: receiving.aborted,
        lastTurn: intake.lastTurn,
        inFlight: intake.inFlight,
        totals: ledger.totals(),
      },
      Date.now(),
    );
  const onTrouble = (error: unknown): void => log.warn({ err: error }, "health cannot be shown");
  const endBeat = startBeat(settings.beatFile, health, onTrouble);
  const server =
    settings.healthPort === undefined
      ? undefined
      : serveHealth(settings.healthPort, health, onTrouble);
  return () => {
    endBeat();
    server?.close();
    server?.closeAllConnections();
  };
}

/** A line with the totals every half minute in which they changed. */
function logTotals(ledger: Ledger, log: Log): () => void {
  let last = JSON.stringify(ledger.totals());
  const timer = setInterval(() => {
    const totals = ledger.totals();
    if (JSON.stringify(totals) === last) return;
    last = JSON.stringify(totals);
    log.info({ totals }, "totals since the worker started");
  }, 30_000);
  timer.unref();
  return () => clearInterval(timer);
}

async function flushUntil(ledger: Ledger, settled: Promise<void>): Promise<void> {
  const end = settled.then(() => "settled" as const);
  // Looks that are ending may still add to the ledger.
  for (let state = ""; state !== "settled";) {
    await ledger.flush();
    state = await Promise.race([end, sleep(20).then(() => "")]);
  }
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("SIGINT", () => resolve("SIGINT"));
  });
}

/** Whatever escapes is written by the log, which scrubs secrets, never by Node, which would not. */
function lastResort(log: Log): void {
  const crash = (error: unknown): void => {
    log.fatal({ err: error }, "the worker cannot go on");
    process.exit(1);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}

function controller(): AbortController {
  const made = new AbortController();
  // Every request listens; undici and we take the listeners off again.
  setMaxListeners(0, made.signal);
  return made;
}

function pause(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false });
}
