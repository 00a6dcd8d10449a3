import { setTimeout as sleep } from "node:timers/promises";
import { caBundle } from "./aws/ca-bundle.ts";
import { AwsClient } from "./aws/client.ts";
import { defaultCredentials, type CredentialSource } from "./aws/credentials.ts";
import { Looker } from "./copy/looker.ts";
import { PipelineCosts } from "./cost/pipeline-costs.ts";
import { Intake, sliceShare } from "./events/intake.ts";
import { SqsQueue } from "./events/queue.ts";
import { proxiesOf } from "./http/proxies.ts";
import { Http } from "./http/send.ts";
import { bucketStore } from "./ledger/bucket.ts";
import { Ledger } from "./ledger/ledger.ts";
import { openLimits, type Limits } from "./limits.ts";
import { createLog, type Log } from "./log.ts";
import { Pace, paced } from "./pace/pace.ts";
import { openPlaces, type PlaceOptions, type Places } from "./places.ts";
import { Problems } from "./problems.ts";
import { Fleet } from "./scan/fleet/fleet.ts";
import { bucketObjects, type ScanObjects } from "./scan/fleet/objects.ts";
import { readSettings, type Settings } from "./settings.ts";
import { showWorker } from "./show.ts";
import { Stages, stopSignal } from "./stages.ts";

/** How long the last words may take once looks have ended: messages handed back, the ledger's last file. */
const LAST_WORDS_MS = 4_000;

/** What every part of a worker shares. */
interface Tools {
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly problems: Problems;
  readonly stages: Stages;
  readonly http: Http;
  readonly credentials: CredentialSource;
  /** Requests that are not objects' own: queue, ledger, parameters. */
  readonly aws: AwsClient;
  /** What workers share, beside the ledger. */
  readonly objects: ScanObjects;
  readonly ledger: Ledger;
}

/** Copies until SIGTERM, then hands back what cannot be finished. Returns the exit code. */
export async function run(env: NodeJS.ProcessEnv): Promise<number> {
  const settings = readSettings(env);
  const { tenant, pipeline, generation } = settings.job;
  const log = createLog(
    { tenant, pipeline, generation, worker: settings.worker },
    { level: settings.logLevel },
  );
  lastResort(log);
  const tools = openTools(settings, env, log);
  const costs =
    settings.job.limits.budgetUsd === undefined ? undefined : new PipelineCosts(settings.job);
  const limits = openLimits({ ...tools, costs, signal: tools.stages.speaking.signal });
  const places = openPlaces({ ...tools, ...settings, ...limits, send: sends(tools.http, costs) });
  return work(tools, limits, openIntake(tools, limits, places));
}

async function work(tools: Tools, limits: Limits, intake: Intake): Promise<number> {
  const { settings, log, stages, ledger, http } = tools;
  const { receiving } = stages;
  const endShowing = showWorker({ ...tools, intake, receiving: receiving.signal });
  const stop = stopSignal();
  intake.start();
  const { limits: told, by } = settings.job;
  log.info({ startMs: Math.round(performance.now()), limits: told, by }, "worker started");
  const signal = await stop;
  log.info({ signal, inFlight: intake.inFlight, graceMs: settings.graceMs }, "stopping");
  await end(tools, intake);
  endShowing();
  await limits.ended;
  await http.close();
  log.info({ totals: ledger.totals() }, "worker ended");
  return 0;
}

/** Lets what is in flight finish while there is time, then hands it back. */
async function end({ settings, log, stages, ledger }: Tools, intake: Intake): Promise<void> {
  const { receiving, looking, speaking } = stages;
  receiving.abort();
  const settled = intake.settled();
  await Promise.race([settled, pause(Math.max(0, settings.graceMs - LAST_WORDS_MS))]);
  if (intake.inFlight > 0) log.info({ inFlight: intake.inFlight }, "handing back what is left");
  looking.abort();
  await Promise.race([settled, pause(LAST_WORDS_MS), flushUntil(ledger, settled)]);
  speaking.abort();
}

function openTools(settings: Settings, env: NodeJS.ProcessEnv, log: Log): Tools {
  const stages = new Stages();
  const problems = new Problems(log);
  const http = new Http({ ...caBundle(env), proxies: proxiesOf(env) });
  const credentials = defaultCredentials();
  const aws = new AwsClient(http.send, credentials, env);
  const { job, region, worker } = settings;
  const place = { ...job.ledger, region };
  const store = bucketStore(aws, place);
  const objects = bucketObjects(aws, place, store);
  const ledger = new Ledger({
    owner: { tenant: job.tenant, pipeline: job.pipeline, generation: job.generation },
    worker,
    write: (name, bytes, until) => store.write(name, bytes, until),
    signal: stages.speaking.signal,
    onTrouble: (error) => problems.report(error),
  });
  return {
    settings,
    env,
    log,
    problems,
    stages,
    http,
    credentials,
    aws,
    objects,
    ledger,
  };
}

/** Requests for objects: held back by each cloud's pace, then counted, for what waits has cost nothing. What waits for the queue has a pace of its own: none. */
function sends({ send }: Http, costs: PipelineCosts | undefined): PlaceOptions["send"] {
  const pace = new Pace();
  return {
    source: paced(costs?.source(send) ?? send, pace),
    target: (target) => paced(costs?.target(target, send) ?? send, pace),
  };
}

function openIntake(tools: Tools, limits: Limits, places: Places): Intake {
  const { settings, aws, log, problems, stages, ledger } = tools;
  const { job, region } = settings;
  const { objects, receives } = job.limits;
  const queue = new SqsQueue(aws, region, job.queue);
  const shared = { ...places, ledger, log, receives, signal: stages.looking.signal };
  const looker = new Looker({ ...shared, problems });
  const fleet = new Fleet({
    ...shared,
    objects: sliceShare(objects),
    cap: job.deletes.mode === "mirror" ? (job.deletes.cap ?? {}) : {},
    store: tools.objects,
    send: (message, delay, signal) => queue.send(JSON.stringify(message), delay, signal),
  });
  return new Intake({
    queue,
    bucket: job.source.bucket,
    look: looker.look,
    scan: (message, received) => fleet.handle(message, received),
    objects,
    hold: limits.hold,
    log,
    problems,
    receiving: stages.receiving.signal,
    speaking: stages.speaking.signal,
  });
}

async function flushUntil(ledger: Ledger, settled: Promise<void>): Promise<void> {
  const done = settled.then(() => "settled" as const);
  // Looks that are ending may still add to the ledger.
  for (let state = ""; state !== "settled";) {
    await ledger.flush();
    state = await Promise.race([done, sleep(20).then(() => "")]);
  }
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

function pause(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false });
}
