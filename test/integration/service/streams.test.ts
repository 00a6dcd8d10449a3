import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { RunEngine } from "../../../service/operations/execute.ts";
import type { Service } from "../../../service/service.ts";
import { readServerSentEvents } from "../../../service/client/server-sent-events.ts";
import { postgresOrSkip, type PostgresServer } from "../../support/postgres.ts";
import { readMetrics, valueOf } from "../../support/prometheus.ts";
import { until as eventually } from "../../support/until.ts";
import { FakeClouds, line } from "./fake-clouds.ts";
import { makeHome, post, start, until, type Home } from "./harness.ts";

interface Told {
  id: string;
  event: string;
  data: { seq?: number; at?: string; id?: string; metadata?: { state: string }; state?: string };
}

/** Reads a stream to its end, or until `enough`, after which the connection is dropped. */
async function read(
  url: string,
  { lastEventId, enough = () => false }: { lastEventId?: string; enough?: (one: Told) => boolean },
): Promise<Told[]> {
  const drop = new AbortController();
  const headers = {
    accept: "text/event-stream",
    ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
  };
  const answer = await fetch(url, { headers, signal: drop.signal });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/event-stream/);
  assert.ok(answer.body !== null);
  const told: Told[] = [];
  for await (const { id, event, data } of readServerSentEvents(answer.body)) {
    told.push({ id, event, data: JSON.parse(data) as Told["data"] });
    if (enough(told.at(-1) as Told)) break;
  }
  drop.abort();
  return told;
}

/** An engine that tells of so many resources, one every few milliseconds; each event's message is when it was told. */
function talkative(count: number, everyMs: number, padding = ""): RunEngine {
  return async (_request, { onEvent, signal }) => {
    for (let i = 0; i < count && signal?.aborted !== true; i += 1) {
      onEvent({
        kind: "diagnostic",
        at: new Date().toISOString(),
        urn: null,
        severity: "info",
        message: `${i}${padding}`,
      });
      if (everyMs > 0) await delay(everyMs);
    }
    const outputs = { values: {}, secretNames: [] };
    return {
      outcome: "succeeded",
      changes: {},
      outputs,
      failure: null,
      seconds: 0,
      forced: false,
    };
  };
}

const numbers = (told: Told[]): number[] => told.flatMap(({ data }) => data.seq ?? []);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

async function openStreams(service: Service, kind: string): Promise<number | undefined> {
  const answer = await fetch(`${service.url}/metrics`);
  return valueOf(readMetrics(await answer.text()), "causeway_event_streams", { kind });
}

describe("a stream of an operation's events", () => {
  let home: Home;
  let service: Service;
  before(async () => {
    home = await makeHome({ CAUSEWAY_STREAMS: "2" });
    service = await start(home, { runEngine: talkative(150, 5) });
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  it("loses nothing and repeats nothing however often it breaks, and ends with the operation", async () => {
    const { id } = await post(service.url, "broken", "in/");
    const url = `${service.url}/v1/operations/${id}/events`;
    const told: Told[] = [];
    for (;;) {
      const lastEventId = told.at(-1)?.id;
      let left = 37;
      const part = await read(url, {
        ...(lastEventId === undefined ? {} : { lastEventId }),
        enough: ({ event }) => event === "settled" || (left -= 1) === 0,
      });
      told.push(...part);
      if (part.at(-1)?.event === "settled") break;
    }
    assert.deepEqual(numbers(told), upTo(150));
    const last = told.at(-1);
    assert.equal(last?.data.id, id);
    assert.equal(last.data.metadata?.state, "succeeded");
    // A browser comes back when a stream ends; 204 tells it to stay away (WHATWG HTML, 9.2.3).
    const again = await fetch(url, {
      headers: { accept: "text/event-stream", "last-event-id": last.id },
    });
    assert.equal(again.status, 204);
    assert.deepEqual(numbers(await read(`${url}?after=148`, {})), [149, 150]);
    const garbled = await fetch(url, { headers: { "last-event-id": "yesterday" } });
    assert.equal(garbled.status, 400);
    assert.match(await garbled.text(), /Last-Event-ID: Expected the id of an event/);
  });

  it("is one of a bounded number for one caller, and frees its place when the caller goes", async () => {
    const { id } = await post(service.url, "crowded", "in/");
    const url = `${service.url}/v1/operations/${id}/events`;
    const headers = { accept: "text/event-stream" };
    const drop = new AbortController();
    const both = await Promise.all([1, 2].map(() => fetch(url, { headers, signal: drop.signal })));
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200],
    );
    const third = await fetch(url, { headers });
    assert.equal(third.status, 429);
    assert.equal(third.headers.get("retry-after"), "5");
    assert.match(await third.text(), /too-many-streams/);
    assert.equal((await fetch(url)).status, 200, "pages are still read");
    drop.abort();
    await eventually("the places are free", async () =>
      (await openStreams(service, "operation")) === 0 ? true : undefined,
    );
  });
});

describe("a client that reads slower than an operation tells", () => {
  it("makes the service wait, not remember", async () => {
    const home = await makeHome();
    const count = 4_000;
    const service = await start(home, { runEngine: talkative(count, 0, "x".repeat(4_000)) });
    try {
      const { id } = await post(service.url, "slow", "in/");
      await until(service.url, id);
      const socket = connect(Number(new URL(service.url).port), "127.0.0.1");
      await once(socket, "connect");
      socket.pause();
      socket.write(
        `GET /v1/operations/${id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`,
      );
      await eventually("the stream is open", async () =>
        (await openStreams(service, "operation")) === 1 ? true : undefined,
      );
      await delay(300);
      const before = process.memoryUsage();
      await delay(700);
      const after = process.memoryUsage();
      // The whole stream is 16 MB; what waits is a batch and what the kernel holds.
      const grown = after.arrayBuffers + after.external - before.arrayBuffers - before.external;
      assert.ok(grown < 4 * 1024 ** 2, `grew by ${grown}`);
      assert.equal(await openStreams(service, "operation"), 1);
      let bytes = 0;
      let tail = "";
      socket.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        tail = (tail + chunk.toString("latin1")).slice(-4_000);
      });
      socket.resume();
      await eventually("all of it has come", async () =>
        Promise.resolve(tail.includes("event: settled") ? true : undefined),
      );
      assert.ok(bytes > count * 4_000);
      socket.destroy();
    } finally {
      await service.stop();
      await home.remove();
    }
  });
});

describe("a stream of a run's totals", () => {
  it("tells each change once, and ends when the books are closed", async () => {
    const home = await makeHome();
    const clouds = new FakeClouds();
    const places = {
      queueUrl: "exports",
      ledgerBucket: "exports",
      ledgerPrefix: clouds.of("exports").prefix,
    };
    const service = await start(home, {
      sources: clouds,
      runEngine: () =>
        Promise.resolve({
          outcome: "succeeded",
          changes: {},
          outputs: { values: { ...places, logGroup: "exports" }, secretNames: [] },
          failure: null,
          seconds: 0,
          forced: false,
        }),
    });
    try {
      await until(service.url, (await post(service.url, "exports", "in/")).id);
      const pipeline = clouds.of("exports");
      pipeline.waitingHints = 2;
      const runs = `${service.url}/v1/tenants/acme/pipelines/exports/runs`;
      const run = await eventually("a run is open", async () => {
        const { items } = (await (await fetch(runs)).json()) as { items: { id: string }[] };
        return items[0];
      });
      const work = async (): Promise<void> => {
        await delay(300);
        pipeline.write([line("a", "copied")]);
        await delay(500);
        pipeline.write([line("b", "copied")]);
        pipeline.waitingHints = 0;
      };
      const [told] = await Promise.all([read(`${runs}/${run.id}/events`, {}), work()]);
      const last = told.at(-1);
      assert.equal(last?.event, "closed");
      assert.equal(last.data.state, "complete");
      const contents = told.map(({ data }) => JSON.stringify({ ...data, updatedAt: null }));
      assert.equal(new Set(contents).size, contents.length, "nothing is told twice");
      assert.ok(told.length >= 3, `${told.length} events`);
      const again = await fetch(`${runs}/${run.id}/events`, {
        headers: { "last-event-id": last.id },
      });
      assert.equal(again.status, 204);
    } finally {
      await service.stop();
      await home.remove();
    }
  });
});

describe("two services on one Postgres", () => {
  let server: PostgresServer | undefined;
  let home: Home;
  let other: Home;
  const services: Service[] = [];
  before(async function () {
    server = await postgresOrSkip(this);
    const env = { DATABASE_URL: server.url };
    [home, other] = [await makeHome(env), await makeHome({ ...env, CAUSEWAY_OPERATIONS: "1" })];
    services.push(await start(home, { runEngine: talkative(40, 25) }));
    services.push(await start(other, { runEngine: talkative(40, 25) }));
  });
  after(async () => {
    for (const service of services) await service.stop();
    await server?.stop();
    if (server === undefined) return;
    await home.remove();
    await other.remove();
  });

  it("tell of each other's operations within a moment", async () => {
    const [here, there] = services;
    assert.ok(here !== undefined && there !== undefined);
    const { id } = await post(here.url, "shared", "in/");
    const seen = new Map<number, number>();
    const follow = async (service: Service): Promise<Told[]> =>
      read(`${service.url}/v1/operations/${id}/events`, {
        enough: ({ event, data }) => {
          if (data.at !== undefined) {
            seen.set(
              data.seq ?? 0,
              Math.max(seen.get(data.seq ?? 0) ?? 0, Date.now() - Date.parse(data.at)),
            );
          }
          return event === "settled";
        },
      });
    const [mine, theirs] = await Promise.all([follow(here), follow(there)]);
    assert.deepEqual(numbers(mine), upTo(40));
    assert.deepEqual(numbers(theirs), upTo(40));
    const lags = [...seen.values()].sort((a, b) => a - b);
    const median = lags[Math.floor(lags.length / 2)] ?? Infinity;
    console.log(
      `      from event to both clients: median ${median} ms, most ${lags.at(-1) ?? 0} ms`,
    );
    // Events are written every 200 ms; on average one waits half of that.
    assert.ok(median < 400, `median ${median} ms`);
  });

  it("go on telling when the connection that listens breaks", async () => {
    const [here, there] = services;
    assert.ok(here !== undefined && there !== undefined && server !== undefined);
    const { Client } = await import("pg");
    const client = new Client({ connectionString: server.url });
    await client.connect();
    const { id } = await post(here.url, "cut", "in/");
    const reading = read(`${there.url}/v1/operations/${id}/events`, {});
    await delay(300);
    const { rowCount } = await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen causeway'",
    );
    await client.end();
    assert.equal(rowCount, 2);
    assert.deepEqual(numbers(await reading), upTo(40));
  });
});
