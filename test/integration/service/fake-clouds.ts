import { zstdCompressSync } from "node:zlib";
import { Encoder } from "../../../runtime/ledger/encode.ts";
import type { LedgerEntry, TerminalState } from "../../../runtime/ledger/entry.ts";
import { fileName } from "../../../runtime/ledger/file-name.ts";
import type { LoggedProblem, RunSources } from "../../../service/runs/clouds.ts";

/** The queue, ledger and log of one pipeline, in memory. */
export class FakePipeline {
  readonly prefix: string;
  waitingHints = 0;
  deaf = false;
  readonly files = new Map<string, (LedgerEntry | "unreadable")[]>();
  readonly reads = new Map<string, number>();
  logged: LoggedProblem[] = [];
  /** Objects beside the ledger, by name. */
  readonly objects = new Map<string, object>();
  readonly asked: object[] = [];
  #seq = 0;

  constructor(name: string) {
    this.prefix = `ledger/acme/${name}/`;
  }

  /** Writes a ledger file as a worker does; `agoMs` lets it become visible after younger ones. */
  write(lines: (LedgerEntry | "unreadable")[], agoMs = 0): string {
    this.#seq += 1;
    const key = `${this.prefix}${fileName(new Date(Date.now() - agoMs), "worker", this.#seq)}`;
    this.files.set(key, lines);
    return key;
  }
}

/** Every address of a pipeline's data path is the pipeline's name. */
export class FakeClouds implements RunSources {
  readonly #pipelines = new Map<string, FakePipeline>();

  of(name: string): FakePipeline {
    const there = this.#pipelines.get(name) ?? new FakePipeline(name);
    this.#pipelines.set(name, there);
    return there;
  }

  waiting(name: string): Promise<number> {
    const { deaf, waitingHints } = this.of(name);
    return deaf
      ? Promise.reject(Object.assign(new Error("not authorized"), { name: "AccessDenied" }))
      : Promise.resolve(waitingHints);
  }

  async *ledgerKeys(name: string, _prefix: string, startAfter: string): AsyncIterable<string> {
    await Promise.resolve();
    yield* [...this.of(name).files.keys()].filter((key) => key > startAfter).sort();
  }

  async *entries(name: string, key: string): AsyncIterable<LedgerEntry | "unreadable"> {
    await Promise.resolve();
    const { reads, files } = this.of(name);
    reads.set(key, (reads.get(key) ?? 0) + 1);
    yield* files.get(key) ?? [];
  }

  ask(name: string, message: object): Promise<void> {
    const { asked, deaf } = this.of(name);
    if (deaf) return Promise.reject(new Error("not authorized"));
    asked.push(message);
    return Promise.resolve();
  }

  ledgerFile(name: string, key: string): Promise<Buffer | undefined> {
    const object = this.of(name).objects.get(key);
    if (object !== undefined) return Promise.resolve(Buffer.from(JSON.stringify(object)));
    const lines = this.of(name).files.get(key);
    if (lines === undefined) return Promise.resolve(undefined);
    const encoder = new Encoder({ tenant: "acme", pipeline: name, generation: 1 });
    const text = lines.map((one) =>
      one === "unreadable"
        ? "{torn\n"
        : encoder.line({ ...one, startedAt: one.at, seconds: 0, attempts: 1 }),
    );
    return Promise.resolve(zstdCompressSync(Buffer.from(text.join(""))));
  }

  problems(name: string): Promise<LoggedProblem[]> {
    return Promise.resolve(this.of(name).logged);
  }

  close(): void {
    // Outlives the service that used it.
  }
}

export function line(
  key: string,
  state: TerminalState,
  more: Partial<LedgerEntry> = {},
): LedgerEntry {
  const at = new Date().toISOString();
  const failed = state === "failed";
  const hint = {
    messageId: "m",
    eventName: null,
    eventTime: null,
    sequencer: null,
    receiveCount: 1,
  };
  const common = {
    tenant: "acme",
    pipeline: "exports",
    generation: 1,
    target: "azure",
  } as const;
  return {
    ...common,
    at,
    key,
    state,
    pin: "v1",
    size: 10,
    reason: failed ? "no s3:GetObject" : null,
    class: failed ? "AccessDenied" : null,
    action: failed ? "s3:GetObject" : null,
    modified: null,
    how: "stream",
    why: null,
    bytesRead: 10,
    requests: 2,
    run: null,
    slice: null,
    checksum: null,
    name: key,
    startedAt: at,
    seconds: 0.1,
    attempts: 1,
    hint,
    ...more,
  };
}
