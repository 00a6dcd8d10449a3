import { setImmediate as turn } from "node:timers/promises";
import type { CostLimit, PlacedTarget } from "../../../../runtime/copy/work.ts";
import type { Policy } from "../../../../runtime/decide/policy.ts";
import { CloudError, Interrupted, Postponed } from "../../../../runtime/errors.ts";
import type { LedgerRecord, TerminalState } from "../../../../runtime/ledger/entry.ts";
import { createLog } from "../../../../runtime/log.ts";
import type { Cap } from "../../../../runtime/scan/cap.ts";
import { doneFolder } from "../../../../runtime/scan/fleet/done.ts";
import { Fleet } from "../../../../runtime/scan/fleet/fleet.ts";
import type { ScanMessage } from "../../../../runtime/scan/fleet/messages.ts";
import type { ScanObjects } from "../../../../runtime/scan/fleet/objects.ts";
import { closeName, type ScanClose } from "../../../../runtime/scan/fleet/state.ts";
import type { FleetOptions } from "../../../../runtime/scan/fleet/tools.ts";
import { marksOf, marksToMetadata } from "../../../../runtime/decide/marks.ts";
import type { Source, Target } from "../../../../runtime/stores/contract.ts";
import { FakeSource, FakeTarget, cloudError, means, placed, sourceObject } from "../fakes.ts";

interface Waiting {
  readonly body: ScanMessage;
  received: number;
  /** Not to be seen before. */
  at: number;
}

interface WorldOptions {
  readonly keys: number | readonly string[];
  readonly slice: number;
  readonly deletes?: Policy["deletes"];
  readonly cap?: Cap;
  readonly kind?: Target["kind"];
  readonly targets?: number;
}

const WRITER = "acme/exports";

/** A bucket, its copies, a queue and the ledger's bucket in memory, and workers that may crash at any request. */
export class FleetWorld {
  readonly source = new FakeSource();
  readonly stores: readonly FakeTarget[];
  readonly targets: readonly PlacedTarget[];
  readonly queue: Waiting[] = [];
  readonly dead: ScanMessage[] = [];
  readonly recorded: (Pick<LedgerRecord, "key" | "target" | "run"> & { state: TerminalState })[] =
    [];
  /** After how many requests to the shared objects each worker crashes, one after the other. */
  readonly crashes: number[] = [];
  clock = Date.UTC(2026, 0, 31);
  listingFails = false;
  /** Lines are durable once it resolves. */
  durable: Promise<void> = Promise.resolve();
  /** Nothing may be copied now. */
  postponed: Postponed | undefined;
  /** Messages that vanish. */
  losing: ((body: ScanMessage) => boolean) | undefined;
  readonly #options: WorldOptions;
  readonly #objects = new Map<string, { bytes: Buffer; etag: string }>();
  readonly #sent: ScanMessage[] = [];
  #etags = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    const keys =
      typeof options.keys === "number"
        ? Array.from({ length: options.keys }, (_, at) => `k${String(at).padStart(4, "0")}`)
        : options.keys;
    for (const key of keys) this.source.put(key, `content of ${key}`);
    const { kind = "azure-blob", targets = 1 } = options;
    this.stores = Array.from({ length: targets }, () => new FakeTarget({ kind }));
    this.targets = this.stores.map((store, at) =>
      placed(store, { name: `t${at}`, writer: WRITER }),
    );
  }

  keys(): string[] {
    return [...this.source.objects.keys()].sort();
  }

  /** Keys whose names the first target has; all targets have the same. */
  copied(): string[] {
    const keys = this.stores.map((store, at) =>
      [...store.objects.keys()]
        .map((name) => this.targets[at]?.mapping.key(name) ?? `${name}?`)
        .sort(),
    );
    for (const other of keys) {
      if (JSON.stringify(other) !== JSON.stringify(keys[0])) throw new Error("targets differ");
    }
    return keys[0] ?? [];
  }

  hasName(key: string): boolean {
    return this.targets[0]?.mapping.name(key).ok === true;
  }

  /** As an earlier run left it. */
  copyOf(key: string): void {
    const object = this.source.objects.get(key);
    if (object !== undefined) this.#write(key, object.object, object.bytes);
  }

  /** A copy of what the source no longer has. */
  leftOver(key: string): void {
    this.#write(key, sourceObject(key, "old"), Buffer.from("old"));
  }

  forgetCopies(): void {
    for (const store of this.stores) store.objects.clear();
  }

  deleted(): string[] {
    return this.recorded.filter(({ state }) => state === "deleted").map(({ key }) => key);
  }

  lastStates(): Map<string, TerminalState> {
    return new Map(this.recorded.map(({ key, state }) => [key, state]));
  }

  /** Names of slices that are said to be settled. */
  done(scan: string): string[] {
    return [...this.#objects.keys()].filter((name) => name.startsWith(doneFolder(scan)));
  }

  closed(scan: string): ScanClose | undefined {
    const found = this.#objects.get(closeName(scan));
    return found && (JSON.parse(found.bytes.toString()) as ScanClose);
  }

  send(body: ScanMessage, delaySeconds = 0): void {
    this.#sent.push(body);
    if (this.losing?.(body) !== true)
      this.queue.push({ body, received: 0, at: this.clock + delaySeconds * 1000 });
  }

  sent<K extends ScanMessage["causeway"]>(kind: K): Extract<ScanMessage, { causeway: K }>[] {
    return this.#sent.filter(
      (body): body is Extract<ScanMessage, { causeway: K }> => body.causeway === kind,
    );
  }

  lose(which: (body: ScanMessage) => boolean): void {
    for (let at = this.queue.length - 1; at >= 0; at -= 1) {
      const message = this.queue[at];
      if (message !== undefined && which(message.body)) this.queue.splice(at, 1);
    }
  }

  /** So many workers, until the queue is empty; time passes when nothing can be seen. */
  async work(workers: number, most = 2000): Promise<void> {
    for (let round = 0; this.queue.length > 0; round += 1) {
      if (round > most)
        throw new Error(`the queue does not run dry: ${JSON.stringify(this.queue)}`);
      const now = this.queue.filter(({ at }) => at <= this.clock).slice(0, workers);
      if (now.length === 0) this.clock += 10 * 60_000;
      await Promise.all(now.map((message) => this.#handle(message)));
    }
  }

  async handleNext(which: (body: ScanMessage) => boolean = () => true): Promise<void> {
    const message = this.queue.find(({ body }) => which(body));
    if (message !== undefined) await this.#handle(message);
  }

  async #handle(message: Waiting): Promise<void> {
    this.queue.splice(this.queue.indexOf(message), 1);
    message.received += 1;
    const crash = this.crashes.shift();
    const stop = new AbortController();
    const worker = new Fleet(this.#worker(stop, crash ?? Infinity));
    try {
      const { again, failure } = await worker.handle(message.body, message.received);
      if (failure !== undefined) this.dead.push(message.body);
      if (again) this.#comesBack(message);
    } catch (error) {
      if (error instanceof Postponed) message.received = 0;
      else if (!(error instanceof Interrupted) && !(error instanceof CloudError)) throw error;
      this.#comesBack(message);
    } finally {
      stop.abort();
    }
  }

  #comesBack(message: Waiting): void {
    message.at = this.clock + 30_000;
    this.queue.push(message);
  }

  #worker(stop: AbortController, crashAfter: number): FleetOptions {
    let requests = 0;
    const step = async (): Promise<void> => {
      await turn();
      requests += 1;
      if (requests > crashAfter) stop.abort();
      if (stop.signal.aborted) throw new Interrupted();
    };
    const { slice, deletes = "ignore", cap = {} } = this.#options;
    return {
      source: this.#paged(this.source),
      targets: this.targets,
      policy: {
        scope: { prefix: "", include: [], exclude: [], minSize: 0, maxSize: Infinity },
        deletes,
        writer: WRITER,
      },
      means: { ...means(), budget: this.#budget() },
      objects: 4,
      cap,
      ledger: {
        record: async (records) => {
          await step();
          this.recorded.push(...records);
          await this.durable;
        },
        recordUnchanged: async ({ keys, target, run }) => {
          await step();
          this.recorded.push(
            ...keys.map((key) => ({ key, target, run, state: "unchanged" as const })),
          );
        },
        room: () => Promise.resolve(),
      },
      store: this.#shared(step),
      send: async (body, delaySeconds) => {
        await step();
        this.send(body, delaySeconds);
      },
      log: createLog(
        { tenant: "acme", pipeline: "exports", generation: 1, worker: "w" },
        { level: "silent" },
      ),
      receives: 20,
      signal: stop.signal,
      slice: { keys: slice, bytes: 1024 ** 3 },
      timing: { saveMs: 1 },
      now: () => this.clock,
    };
  }

  #budget(): CostLimit {
    return {
      take: () => {
        const { postponed } = this;
        return postponed === undefined
          ? Promise.resolve(() => undefined)
          : Promise.reject(postponed);
      },
      byUrl: () => undefined,
    };
  }

  #paged(source: FakeSource): Source {
    const fails = (): boolean => this.listingFails;
    return new Proxy(source, {
      get: (target, name) => {
        if (name === "list") {
          return async function* (...args: Parameters<Source["list"]>) {
            if (fails()) throw cloudError("s3", "s3:ListBucket", "AccessDenied", 403);
            for await (const page of target.list(args[0])) {
              for (let at = 0; at < page.length; at += 2) {
                await turn();
                if (args[1].aborted) throw new Interrupted();
                yield page.slice(at, at + 2);
              }
            }
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }

  #shared(step: () => Promise<void>): ScanObjects {
    const objects = this.#objects;
    const put = (name: string, bytes: Buffer): string => {
      const etag = `"${(this.#etags += 1)}"`;
      objects.set(name, { bytes, etag });
      return etag;
    };
    return {
      label: "s3://ledger/",
      async *list(prefix) {
        await step();
        yield* [...objects.keys()].filter((name) => name.startsWith(prefix)).sort();
      },
      read: async (name) => {
        await step();
        return objects.get(name)?.bytes;
      },
      write: async (name, bytes) => {
        await step();
        put(name, bytes);
        // The answer may be lost as well.
        await step();
      },
      find: async (name) => {
        await step();
        return objects.get(name);
      },
      replace: async (name, bytes, found) => {
        await step();
        if (objects.get(name)?.etag !== found?.etag) return undefined;
        const etag = put(name, bytes);
        await step();
        return etag;
      },
    };
  }

  #write(key: string, object: ReturnType<typeof sourceObject>, bytes: Buffer): void {
    for (const [at, store] of this.stores.entries()) {
      const name = this.targets[at]?.mapping.name(key);
      if (name?.ok !== true) continue;
      const marks = marksOf(object, WRITER);
      const metadata = marksToMetadata(marks, store.kind === "s3" ? "-" : "_");
      const properties = { contentType: "text/plain", metadata };
      store.write(name.name, Buffer.from(bytes), properties, { state: "absent" });
    }
  }
}
