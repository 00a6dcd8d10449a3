import type { Logger } from "pino";
import type { Books } from "../../runtime/ledger/books.ts";
import type { Db } from "../db/database.ts";
import { dropLease, holdLease } from "../db/leases.ts";
import { builtPipelines } from "../db/pipelines.ts";
import { closeRunsOfRemoved, filesOf } from "../db/runs.ts";
import type { Settings } from "../settings.ts";
import type { RunSources } from "./clouds.ts";
import { placesOf } from "./places.ts";
import { readBooks, Watch, type WatchTools } from "./watch.ts";

const leaseName = "run-tracker";
const listEveryMs = 3_000;
const looksAtOnce = 4;
/** A pipeline that was at work a moment ago is likely to be again. */
const stillWarmMs = 60_000;
const booksKept = 4;

interface Watched {
  watch: Watch;
  dueAt: number;
  warmUntil: number;
}

/** Looks at every built pipeline in turn: often while it is at work, seldom at rest. One service of several does it. */
export class RunTracker {
  readonly #db: Db;
  readonly #settings: Pick<Settings, "lookMs" | "restMs" | "leaseMs" | "instance">;
  readonly #tools: WatchTools;
  readonly #log: Logger;
  readonly #watched = new Map<string, Watched>();
  readonly #wanted = new Set<string>();
  readonly #books = new Map<string, Promise<Books>>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #listedAt = 0;
  #leaseUntil = 0;
  #stopping = false;

  constructor(
    db: Db,
    settings: Pick<Settings, "lookMs" | "restMs" | "leaseMs" | "instance" | "quietMs">,
    sources: RunSources,
    log: Logger,
  ) {
    this.#db = db;
    this.#settings = settings;
    this.#log = log;
    this.#tools = { db, sources, log, quietMs: settings.quietMs, now: Date.now };
  }

  start(): void {
    this.#timer = setTimeout(() => this.#turn(), 0);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#round;
    await dropLease(this.#db, leaseName, this.#settings.instance).catch(() => undefined);
  }

  /** Somebody looks at this pipeline's runs: its turn comes at once. */
  want(pipelineId: string): void {
    this.#wanted.add(pipelineId);
  }

  /** The list of pipelines is read again at the next turn: one was built or removed. */
  changed(): void {
    this.#listedAt = 0;
  }

  /** The books of a run: the open one's at hand, else read from its ledger files and kept for a while. */
  async booksOf(runId: string, places: { ledgerBucket: string }): Promise<Books> {
    for (const { watch } of this.#watched.values()) {
      const open = watch.booksOf(runId);
      if (open !== undefined) return open;
    }
    const files = await filesOf(this.#db, runId, Number.MAX_SAFE_INTEGER);
    // The number of files is part of the name: a run that another service keeps open grows.
    const name = `${runId} ${files.length}`;
    const kept = this.#books.get(name);
    if (kept !== undefined) return kept;
    const books = readBooks(this.#tools.sources, places.ledgerBucket, files);
    this.#books.set(name, books);
    books.catch(() => this.#books.delete(name));
    const [oldest] = this.#books.keys();
    if (this.#books.size > booksKept && oldest !== undefined) this.#books.delete(oldest);
    return books;
  }

  #turn(): void {
    this.#round = this.#lookAround()
      .catch((error: unknown) => {
        this.#log.error({ err: error }, "runs could not be tracked");
      })
      .then(() => {
        if (!this.#stopping)
          this.#timer = setTimeout(() => this.#turn(), this.#settings.lookMs / 2);
      });
  }

  async #lookAround(): Promise<void> {
    if (!(await this.#mine())) return;
    if (Date.now() - this.#listedAt > listEveryMs) await this.#list();
    const due = [...this.#watched.values()].filter((watched) => this.#isDue(watched));
    const next = due.values();
    const lane = async (): Promise<void> => {
      for (const watched of next) if (!this.#stopping) await this.#look(watched);
    };
    await Promise.all(Array.from({ length: looksAtOnce }, lane));
  }

  async #mine(): Promise<boolean> {
    const { leaseMs, instance } = this.#settings;
    if (Date.now() < this.#leaseUntil - leaseMs / 2) return true;
    const asked = Date.now();
    const mine = await holdLease(this.#db, leaseName, instance, leaseMs);
    this.#leaseUntil = mine ? asked + leaseMs : 0;
    // Another service keeps the books now: what is remembered here is old when this one's turn comes again.
    if (!mine) this.#watched.clear();
    return mine;
  }

  async #list(): Promise<void> {
    this.#listedAt = Date.now();
    const pipelines = await builtPipelines(this.#db);
    const there = new Set(pipelines.map(({ id }) => id));
    for (const id of this.#watched.keys()) if (!there.has(id)) this.#watched.delete(id);
    await closeRunsOfRemoved(this.#db);
    for (const pipeline of pipelines) {
      const places = placesOf(pipeline.outputs?.values);
      const known = this.#watched.get(pipeline.id);
      const same = known !== undefined && places?.queueUrl === known.watch.places.queueUrl;
      if (places === undefined || same) continue;
      try {
        const watch = await Watch.open(this.#tools, pipeline, places);
        this.#watched.set(pipeline.id, { watch, dueAt: 0, warmUntil: Date.now() + stillWarmMs });
      } catch (error) {
        this.#log.warn({ err: error, pipeline: pipeline.id }, "a pipeline cannot be watched yet");
      }
    }
  }

  #isDue({ watch, dueAt }: Watched): boolean {
    return Date.now() >= dueAt || this.#wanted.has(watch.pipelineId);
  }

  async #look(watched: Watched): Promise<void> {
    const { lookMs, restMs } = this.#settings;
    const { watch } = watched;
    this.#wanted.delete(watch.pipelineId);
    try {
      await watch.look();
    } catch (error) {
      this.#log.error(
        { err: error, pipeline: watch.pipelineId },
        "a pipeline could not be looked at",
      );
    }
    const now = Date.now();
    if (watch.busy) watched.warmUntil = now + stillWarmMs;
    watched.dueAt = now + (now < watched.warmUntil ? lookMs : restMs);
  }
}
