import type { Logger } from "pino";
import { Books } from "../../runtime/ledger/books.ts";
import { keyFrom, timeOf } from "../../runtime/ledger/file-name.ts";
import type { Db } from "../db/database.ts";
import type { PipelineRow } from "../db/pipelines.ts";
import {
  dropRun,
  filesOf,
  filesRead,
  insertFile,
  insertRun,
  lastFileRead,
  openRun,
  saveRun,
  type RunRow,
} from "../db/runs.ts";
import type { RunSources } from "./clouds.ts";
import { withProblem, type Problem } from "./problems.ts";
import { atRest, follow, verdict, type Phase } from "./phase.ts";
import type { Places } from "./places.ts";

export interface WatchTools {
  db: Db;
  sources: RunSources;
  log: Logger;
  quietMs: number;
  now: () => number;
}

/** Files of several workers become visible out of the order of their names: a listing starts this much earlier than the newest. */
const lookBackMs = 2 * 60_000;
/** So that one look ends in good time; the next one goes on. */
const filesPerLook = 200;
const problemsEveryMs = 3_000;
const mostProblemIds = 20_000;

/** Follows one pipeline's queue and ledger, look by look, and keeps the books of its open run. */
export class Watch {
  readonly #tools: WatchTools;
  readonly #pipeline: PipelineRow;
  readonly places: Places;
  #phase: Phase = atRest;
  #run: RunRow | undefined;
  #books = new Books();
  #problems: Problem[] = [];
  readonly #problemIds = new Set<string>();
  #problemsReadAt = 0;
  #newest: number;
  /** Files that were read and that a listing still shows. */
  #recent = new Set<string>();
  #files = 0;

  private constructor(tools: WatchTools, pipeline: PipelineRow, places: Places, newest: number) {
    this.#tools = tools;
    this.#pipeline = pipeline;
    this.places = places;
    this.#newest = newest;
  }

  /** Takes up a pipeline where the database says that it was left: the books of an open run are read again from its files. */
  static async open(tools: WatchTools, pipeline: PipelineRow, places: Places): Promise<Watch> {
    const { db, sources } = tools;
    const last = await lastFileRead(db, pipeline.id);
    const newest = (last === undefined ? undefined : timeOf(last)) ?? pipeline.created_at.getTime();
    const watch = new Watch(tools, pipeline, places, newest);
    const run = await openRun(db, pipeline.id);
    if (run !== undefined) {
      watch.#run = run;
      watch.#phase = { open: true, restful: 0, lastActivityAt: tools.now() };
      const files = await filesOf(db, run.id, Number.MAX_SAFE_INTEGER);
      watch.#files = files.length;
      watch.#books = await readBooks(sources, places.ledgerBucket, files);
    }
    return watch;
  }

  /** Whether a run is open or opened by the last look: such a pipeline is looked at often. */
  get busy(): boolean {
    return this.#phase.open;
  }

  get pipelineId(): string {
    return this.#pipeline.id;
  }

  /** The books of a run, if it is the open one. */
  booksOf(runId: string): Books | undefined {
    return this.#run?.id === runId ? this.#books : undefined;
  }

  /** One look: the queue first, then the ledger, then (in a run) the workers' log. */
  async look(): Promise<void> {
    const at = this.#tools.now();
    const waiting = await this.#waiting();
    const fresh = await this.#newFiles();
    const keys = fresh?.slice(0, filesPerLook) ?? [];
    if (this.#run === undefined && (keys.length > 0 || (waiting ?? 0) > 0)) {
      await this.#open(Math.min(at, ...keys.map((key) => timeOf(key) ?? at)), waiting);
    }
    const read = await this.#read(keys);
    const { phase, change } = follow(
      this.#phase,
      {
        at,
        waiting,
        entries: read.entries,
        readAll: fresh !== undefined && read.whole && fresh.length <= filesPerLook,
      },
      this.#tools.quietMs,
    );
    this.#phase = phase;
    if (this.#run === undefined) return;
    await this.#readProblems(at, change === "closes");
    if (change === "closes") await this.#close(at);
    else await this.#save(waiting);
  }

  async #waiting(): Promise<number | null> {
    try {
      return await this.#tools.sources.waiting(this.places.queueUrl);
    } catch (error) {
      this.#trouble(error, "sqs:GetQueueAttributes", this.places.queueUrl);
      return null;
    }
  }

  /** Ledger files that have not been read, in order; undefined when they could not be listed. */
  async #newFiles(): Promise<string[] | undefined> {
    const { ledgerBucket, ledgerPrefix } = this.places;
    const from = Math.max(this.#newest - lookBackMs, this.#pipeline.created_at.getTime());
    const unknown: string[] = [];
    const still = new Set<string>();
    try {
      const start = keyFrom(ledgerPrefix, from);
      for await (const key of this.#tools.sources.ledgerKeys(ledgerBucket, ledgerPrefix, start)) {
        if (timeOf(key) === undefined) continue;
        if (this.#recent.has(key)) still.add(key);
        else unknown.push(key);
        if (unknown.length > 5 * filesPerLook) break;
      }
    } catch (error) {
      this.#trouble(error, "s3:ListBucket", `${ledgerBucket}/${ledgerPrefix}`);
      return undefined;
    }
    const known = await filesRead(this.#tools.db, this.#pipeline.id, unknown);
    this.#recent = new Set([...still, ...known]);
    return unknown.filter((key) => !known.has(key));
  }

  async #read(keys: readonly string[]): Promise<{ entries: number; whole: boolean }> {
    const { db, sources, log } = this.#tools;
    const run = this.#run;
    let entries = 0;
    if (run === undefined) return { entries, whole: true };
    for (const key of keys) {
      try {
        let lines = 0;
        for await (const line of sources.entries(this.places.ledgerBucket, key)) {
          lines += 1;
          if (line === "unreadable") log.warn({ key }, "a line of the ledger cannot be read");
          else this.#books.enter(line);
        }
        await insertFile(db, { pipelineId: this.#pipeline.id, key, runId: run.id, entries: lines });
        entries += lines;
      } catch (error) {
        // Entering a line again changes nothing, so a file that was read in part is read again from its start.
        this.#trouble(error, "s3:GetObject", `${this.places.ledgerBucket}/${key}`);
        return { entries, whole: false };
      }
      this.#files += 1;
      this.#recent.add(key);
      this.#newest = Math.max(this.#newest, timeOf(key) ?? 0);
    }
    return { entries, whole: true };
  }

  async #readProblems(at: number, closing: boolean): Promise<void> {
    const run = this.#run;
    if (run === undefined || (!closing && at - this.#problemsReadAt < problemsEveryMs)) return;
    this.#problemsReadAt = at;
    const { sources, log } = this.#tools;
    try {
      const from = run.opened_at.getTime() - 1_000;
      for (const { id, ...problem } of await sources.problems(this.places.logGroup, from)) {
        if (this.#problemIds.has(id) || this.#problemIds.size > mostProblemIds) continue;
        this.#problemIds.add(id);
        this.#problems = withProblem(this.#problems, problem);
      }
    } catch (error) {
      log.warn({ err: error, logGroup: this.places.logGroup }, "the workers' log cannot be read");
    }
  }

  async #open(openedAt: number, waiting: number | null): Promise<void> {
    this.#books = new Books();
    this.#problems = [];
    this.#problemIds.clear();
    this.#problemsReadAt = 0;
    this.#files = 0;
    const state = { ...this.#state(), state: "open" as const, waiting, closedAt: null };
    const { db, log } = this.#tools;
    this.#run = await insertRun(db, this.#pipeline, new Date(openedAt), state);
    log.info({ run: this.#run.id, waiting }, "run opened");
  }

  async #save(waiting: number | null): Promise<void> {
    if (this.#run === undefined) return;
    const state = { ...this.#state(), state: "open" as const, waiting, closedAt: null };
    await saveRun(this.#tools.db, this.#run.id, state);
  }

  /** A run in which nothing came to be recorded (S3's test message, say) was none. */
  async #close(at: number): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    const { db, log } = this.#tools;
    this.#run = undefined;
    if (this.#files === 0 && this.#problems.length === 0) {
      await dropRun(db, run.id);
      return;
    }
    const books = this.#state();
    const state = verdict(books.totals);
    await saveRun(db, run.id, { ...books, state, waiting: 0, closedAt: new Date(at) });
    log.info({ run: run.id, state, totals: books.totals }, "run closed");
  }

  #state() {
    return {
      totals: this.#books.totals(),
      failures: this.#books.failures(),
      problems: this.#problems,
    };
  }

  /** What the service itself is not let do is a problem of the run too: its numbers may be old. */
  #trouble(error: unknown, action: string, resource: string): void {
    this.#tools.log.warn({ err: error, action, resource }, "a pipeline cannot be watched");
    const { name, message } = error instanceof Error ? error : { name: "Error", message: "" };
    const at = new Date(this.#tools.now()).toISOString();
    const said = { class: name, action, resource, message: `The service cannot look: ${message}` };
    this.#problems = withProblem(this.#problems, { ...said, at });
  }
}

/** Books made up from ledger files; in order, so that of two lines at one moment the later file's counts. */
export async function readBooks(
  sources: RunSources,
  bucket: string,
  newestFirst: readonly string[],
): Promise<Books> {
  const books = new Books();
  for (const key of newestFirst.toReversed()) {
    for await (const line of sources.entries(bucket, key)) {
      if (line !== "unreadable") books.enter(line);
    }
  }
  return books;
}
