import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import request from "supertest";
import type { Service } from "../../../service/service.ts";
import { FakeClouds, line, type FakePipeline } from "./fake-clouds.ts";
import { bodyOf, makeHome, post, start, until, type Home } from "./harness.ts";

interface RunBody {
  id: string;
  state: string;
  waiting: number | null;
  totals: Record<string, number | null | { objects: number | null; bytes: number | null }>;
  failures: { class: string; action: string; objects: number; sample: { key: string } }[];
  problems: { class: string; action: string; count: number }[];
}

interface ArrivalBody {
  answer: string;
  basis: { kind: string };
  notArrived: { objects: number; keys: { key: string; class: string; action: string }[] };
}

describe("a pipeline's runs", () => {
  let home: Home;
  let service: Service;
  let runs: string;
  let pipeline: FakePipeline;
  let number = 0;
  const clouds = new FakeClouds();
  const list = async (): Promise<RunBody[]> =>
    (await bodyOf<{ items: RunBody[] }>(request(service.url).get(runs))).items;

  const startHere = () =>
    start(home, {
      sources: clouds,
      runEngine: ({ stack }) => {
        const name = stack.replace("acme.", "");
        const places = {
          queueUrl: name,
          ledgerBucket: name,
          ledgerPrefix: clouds.of(name).prefix,
          logGroup: name,
        };
        return Promise.resolve({
          outcome: "succeeded",
          changes: {},
          outputs: { values: places, secretNames: [] },
          failure: null,
          seconds: 0,
          forced: false,
        });
      },
    });

  /** The newest run, once it satisfies the condition. */
  async function untilRun(when: (run: RunBody) => boolean): Promise<RunBody> {
    const end = Date.now() + 10_000;
    for (;;) {
      const [newest] = await list();
      if (newest !== undefined && when(newest)) return newest;
      assert.ok(Date.now() < end, `the newest run is ${JSON.stringify(newest)}`);
      await delay(30);
    }
  }

  before(async () => {
    home = await makeHome();
    service = await startHere();
  });
  beforeEach(async () => {
    number += 1;
    const name = `exports-${number}`;
    pipeline = clouds.of(name);
    runs = `/v1/tenants/acme/pipelines/${name}/runs`;
    await until(service.url, (await post(service.url, name, "in/")).id);
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  it("open with the first hint, count nothing as 0 before it is known, and close with the books", async () => {
    pipeline.waitingHints = 3;
    const open = await untilRun(({ state }) => state === "open");
    assert.equal(open.waiting, 3);
    assert.equal(open.totals.objects, null);
    pipeline.write([line("a", "copied"), line("b", "copied"), line("c", "unchanged")]);
    pipeline.waitingHints = 0;
    const closed = await untilRun(({ state }) => state !== "open");
    assert.equal(closed.id, open.id);
    assert.equal(closed.state, "complete");
    assert.deepEqual(closed.totals.copied, { objects: 2, bytes: 20 });
    assert.deepEqual(closed.totals.failed, { objects: 0, bytes: 0 });
    assert.equal(closed.totals.objects, 3);
    assert.equal(closed.waiting, 0);
  });

  it("are incomplete with objects failed, grouped by what was refused", async () => {
    pipeline.logged = [1, 2].map((n) => ({
      id: `e${n}`,
      at: new Date().toISOString(),
      class: "AccessDenied",
      action: "s3:GetObject",
      resource: "arn",
      message: "not authorized",
    }));
    pipeline.write([line("a", "copied"), line("b", "failed"), line("c", "failed")]);
    const closed = await untilRun(({ state }) => state !== "open");
    assert.equal(closed.state, "incomplete");
    const [failure] = closed.failures;
    assert.deepEqual(
      [failure?.class, failure?.action, failure?.objects],
      ["AccessDenied", "s3:GetObject", 2],
    );
    assert.deepEqual(
      closed.problems.map(({ class: kind, action, count }) => [kind, action, count]),
      [["AccessDenied", "s3:GetObject", 2]],
    );
  });

  it("read each ledger file once, also those that become visible late", async () => {
    pipeline.waitingHints = 1;
    const young = pipeline.write([line("a", "copied")]);
    await untilRun(({ totals }) => totals.objects === 1);
    // Written before the run's first file was, seen after it.
    const late = pipeline.write([line("b", "copied")], 50);
    await untilRun(({ totals }) => totals.objects === 2);
    pipeline.waitingHints = 0;
    await untilRun(({ state }) => state === "complete");
    assert.deepEqual([pipeline.reads.get(young), pipeline.reads.get(late)], [1, 1]);
    assert.equal((await list()).length, 1);
  });

  it("follow one another: what comes after a rest is another run", async () => {
    pipeline.write([line("a", "copied")]);
    const first = await untilRun(({ state }) => state === "complete");
    pipeline.write([line("a", "copied")]);
    const second = await untilRun(({ id, state }) => id !== first.id && state === "complete");
    assert.ok(second.id > first.id);
    assert.equal(second.totals.objects, 1);
  });

  it("that turn out to hold nothing were none", async () => {
    pipeline.waitingHints = 1;
    await untilRun(({ state }) => state === "open");
    pipeline.waitingHints = 0;
    while ((await list()).length > 0) await delay(50);
  });

  it("do not close while the queue cannot be asked, and say why", async () => {
    pipeline.write([line("a", "copied")]);
    pipeline.deaf = true;
    const open = await untilRun(({ problems }) => problems.length > 0);
    assert.equal(open.waiting, null);
    assert.equal(open.problems[0]?.action, "sqs:GetQueueAttributes");
    await delay(800);
    assert.equal((await list())[0]?.state, "open");
    pipeline.deaf = false;
    await untilRun(({ state }) => state === "complete");
  });

  it("are taken up where they were left by the next service", async () => {
    pipeline.waitingHints = 1;
    pipeline.write([line("a", "copied"), line("b", "failed")]);
    const before = await untilRun(({ totals }) => totals.objects === 2);
    await service.stop();
    service = await startHere();
    pipeline.write([line("b", "copied")]);
    pipeline.waitingHints = 0;
    const closed = await untilRun(({ state }) => state !== "open");
    assert.equal(closed.id, before.id);
    assert.equal(closed.state, "complete");
    assert.deepEqual(closed.totals.copied, { objects: 2, bytes: 20 });
  });

  it("say whether everything has arrived, and what has not and why", async () => {
    const ask = async (query: string): Promise<ArrivalBody> =>
      bodyOf(request(service.url).get(runs.replace(/runs$/, `arrived?${query}`)));
    const anHourAgo = new Date(Date.now() - 3_600_000).toISOString();
    pipeline.waitingHints = 1;
    pipeline.write([line("in/a", "copied"), line("in/b", "failed"), "unreadable"]);
    await untilRun(({ totals }) => totals.objects === 2);
    const no = await ask(`prefix=in/&asOf=${anHourAgo}`);
    assert.deepEqual([no.answer, no.notArrived.objects], ["no", 1]);
    assert.deepEqual(
      no.notArrived.keys.map(({ key, class: kind, action }) => [key, kind, action]),
      [["in/b", "AccessDenied", "s3:GetObject"]],
    );
    await delay(5);
    pipeline.write([line("in/b", "copied")]);
    assert.equal((await ask(`prefix=in/&asOf=${anHourAgo}`)).answer, "unknown");
    pipeline.waitingHints = 0;
    await untilRun(({ state }) => state === "complete");
    const yes = await ask(`prefix=in/&asOf=${anHourAgo}`);
    assert.deepEqual([yes.answer, yes.basis.kind], ["yes", "hints"]);
    // An event of a moment ago may still be on its way.
    assert.equal((await ask("prefix=in/")).answer, "unknown");
    await request(service.url).get(runs.replace(/runs$/, "arrived?asOf=yesterday")).expect(400);
  });

  it("list their objects, the last word about each, by prefix and state, page by page", async () => {
    pipeline.waitingHints = 1;
    pipeline.write([line("logs/a", "failed"), line("logs/b", "copied"), line("data/c", "copied")]);
    await untilRun(({ totals }) => totals.objects === 3);
    await delay(5);
    pipeline.write([line("logs/a", "copied"), "unreadable", line("data/d", "skipped")]);
    const { id } = await untilRun(({ totals }) => totals.objects === 4);
    const objects = async (query: string): Promise<[string, string][]> => {
      const found: [string, string][] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
        const page: { items: { key: string; state: string }[]; nextCursor: string | null } =
          await bodyOf(request(service.url).get(`${runs}/${id}/objects?${query}${more}`));
        found.push(...page.items.map(({ key, state }): [string, string] => [key, state]));
        cursor = page.nextCursor;
      }
      return found;
    };
    const all: [string, string][] = [
      ["data/d", "skipped"],
      ["logs/a", "copied"],
      ["data/c", "copied"],
      ["logs/b", "copied"],
    ];
    assert.deepEqual(await objects("limit=100"), all);
    assert.deepEqual(await objects("limit=1"), all);
    assert.deepEqual(await objects("prefix=logs/"), [
      ["logs/a", "copied"],
      ["logs/b", "copied"],
    ]);
    assert.deepEqual(await objects("state=failed"), []);
    pipeline.waitingHints = 0;
    await untilRun(({ state }) => state === "complete");
    assert.deepEqual(await objects("limit=2"), all);
    await request(service.url).get(`${runs}/run_0/objects`).expect(404);
  });

  describe("a scan", () => {
    const sums = { objects: 3, bytes: 30 };
    const scans = () => runs.replace(/runs$/, "scans");
    const tally = { found: sums, states: { copied: sums }, names: 3, extras: 1 };

    it("is asked of the workers through the pipeline's queue", async () => {
      const answer = await request(service.url).post(scans()).send({}).expect(202);
      const { id, state } = answer.body as { id: string; state: string };
      assert.equal(state, "asked");
      assert.deepEqual(pipeline.asked, [{ causeway: "scan", id }]);
      assert.equal(answer.headers.location, `${scans()}/${id}`);
      // No worker has taken it up.
      await request(service.url).get(`${scans()}/${id}`).expect(404);
    });

    it("shows what its listing has found, then how it ended and what it did not delete", async () => {
      const folder = `${pipeline.prefix}scans/one/`;
      const leg = { target: "azure", tally, spool: { keys: 0, parts: 0 } };
      const startedAt = "2026-01-01T00:00:00.000Z";
      const state = { v: 1, id: "one", startedAt, phase: "listing", legs: [leg] };
      pipeline.objects.set(`${folder}state.json`, state);
      const shown = () =>
        bodyOf<Record<string, unknown>>(request(service.url).get(`${scans()}/one`));
      assert.deepEqual([(await shown())["state"], (await shown())["closedAt"]], ["listing", null]);
      const deletions = { wanted: 1, held: "1 of 3 is more than 10%", states: {} };
      pipeline.objects.set(`${folder}closed.json`, {
        ...{ v: 1, id: "one", startedAt, closedAt: startedAt, outcome: "held", reason: null },
        targets: [{ target: "azure", tally, deletions }],
      });
      const closed = await shown();
      assert.equal(closed["state"], "held");
      assert.deepEqual(closed["targets"], [
        {
          target: "azure",
          found: sums,
          states: { copied: sums },
          deletions: { wanted: 1, held: "1 of 3 is more than 10%" },
        },
      ]);
    });

    it("that cannot be asked for says that the clouds refuse, and is not lost without a word", async () => {
      pipeline.deaf = true;
      const refused = await bodyOf<{ detail: string }>(
        request(service.url).post(scans()).send({}),
        503,
      );
      assert.match(refused.detail, /cannot be asked now: not authorized/);
    });
  });
});
