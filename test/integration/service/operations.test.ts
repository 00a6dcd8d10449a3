import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import request from "supertest";
import { lockHolders } from "../../../service/automation/stack-lock.ts";
import type { OperationEvent } from "../../../service/automation/events.ts";
import { spawnOperation } from "../../../service/automation/run-operation.ts";
import type { OperationRequest } from "../../../service/automation/request.ts";
import { beganAt } from "../../../service/automation/process-tree.ts";
import type { Service } from "../../../service/service.ts";
import {
  bodyOf,
  engine,
  makeHome,
  post,
  spec,
  start,
  tinyProgram,
  until,
  type Home,
  type OperationBody,
} from "./harness.ts";

describe("an operation on the real engine", () => {
  let home: Home;
  let service: Service;
  const api = () => request(service.url);
  const exports = "/v1/tenants/acme/pipelines/exports";

  before(async () => {
    home = await makeHome();
    service = await start(home);
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  it("builds what the program declares, and shows its outputs but not the secret one", async () => {
    const end = await until(service.url, (await post(service.url, "exports", "a/b/")).id);
    assert.equal(end.metadata.state, "succeeded", JSON.stringify(end.error));
    assert.deepEqual(end.response?.counts, { create: 3 });
    assert.deepEqual(end.response.outputs, { tenant: "acme", pipeline: "exports", generation: 1 });
    const { items } = await bodyOf<{ items: { name: string; status: string }[] }>(
      api().get(`/v1/operations/${end.id}/events`),
    );
    assert.ok(items.some(({ name, status }) => name === "b" && status === "done"));
    const everything = JSON.stringify([items, await bodyOf(api().get(exports)), end]);
    assert.doesNotMatch(everything, /verysecretvalue/);
  });

  it("previews another spec without changing anything", async () => {
    const preview = await bodyOf<OperationBody>(
      api()
        .post(`${exports}/previews`)
        .send({ spec: spec("a/c/") }),
      202,
    );
    const end = await until(service.url, preview.id);
    assert.equal(end.response?.summary, "delete 1, create 1");
    assert.deepEqual(
      end.response.steps?.map(({ op, name }) => [op, name]),
      [
        ["delete", "b"],
        ["create", "c"],
      ],
    );
    const pipeline = await bodyOf<{ generation: number; status: { state: string } }>(
      api().get(exports),
    );
    assert.deepEqual([pipeline.generation, pipeline.status.state], [1, "ready"]);
  });

  it("that fails says so in the program's own words, and the next one goes on from what is there", async () => {
    const put = (prefix: string) =>
      bodyOf<OperationBody>(
        api()
          .put(exports)
          .send({ spec: spec(prefix) }),
        202,
      );
    const failed = await until(service.url, (await put("fail/")).id);
    assert.equal(failed.metadata.state, "failed");
    assert.equal(failed.error?.code, "program-failed");
    assert.match(failed.error.detail, /^the tiny program fails as it was asked to/);
    const mended = await until(service.url, (await put("a/b/")).id);
    assert.equal(mended.metadata.state, "succeeded");
  });

  it("that is cancelled interrupts the engine and leaves the stack unlocked", async () => {
    const { id } = await bodyOf<OperationBody>(
      api()
        .put(exports)
        .send({ spec: spec("slow-60000/") }),
      202,
    );
    await until(service.url, id, "running");
    const seen = async () =>
      (await bodyOf<{ items: unknown[] }>(api().get(`/v1/operations/${id}/events`))).items.length;
    while ((await seen()) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await api().post(`/v1/operations/${id}/cancel`).expect(202);
    const end = await until(service.url, id);
    assert.equal(end.metadata.state, "cancelled");
    assert.deepEqual(await lockHolders(home.env.PULUMI_BACKEND_URL, "acme.exports"), []);
  });

  it("whose engine is killed begins again, without a lock in its way, and says so", async () => {
    const { id } = await bodyOf<OperationBody>(
      api()
        .put(exports)
        .send({ spec: spec("slow-3000/") }),
      202,
    );
    const events = async () =>
      (
        await bodyOf<{ items: { message: string | null }[] }>(
          api().get(`/v1/operations/${id}/events`),
        )
      ).items;
    while ((await events()).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    // Whoever holds the stack's lock is the engine.
    const [holder] = (await lockHolders(home.env.PULUMI_BACKEND_URL, "acme.exports")) ?? [];
    assert.ok(holder);
    process.kill(holder.pid, "SIGKILL");
    const end = await until(service.url, id);
    assert.equal(end.metadata.state, "succeeded", JSON.stringify(end.error));
    assert.equal(end.metadata.attempts, 2);
    assert.deepEqual(await lockHolders(home.env.PULUMI_BACKEND_URL, "acme.exports"), []);
    const said = (await events()).map(({ message }) => message ?? "").join("\n");
    assert.match(said, /The engine was killed.*begins again/);
    assert.match(said, /lock was released/);
  });

  it("that deletes leaves no stack, no work folder and a free name", async () => {
    const { id } = await bodyOf<OperationBody>(api().delete(exports), 202);
    const end = await until(service.url, id);
    assert.equal(end.metadata.state, "succeeded", JSON.stringify(end.error));
    const stacks = join(home.folder, "state", ".pulumi", "stacks", "causeway");
    const left = (await readdir(stacks)).filter((name) => name.endsWith(".json"));
    assert.deepEqual(left, []);
    assert.deepEqual(await readdir(join(home.folder, "service", "work")), []);
    await api().get(exports).expect(404);
  });
});

describe("one engine run in a child", () => {
  let home: Home;
  before(async () => {
    home = await makeHome();
  });
  after(() => home.remove());

  function asked(prefix: string, more: Partial<OperationRequest> = {}): OperationRequest {
    const pipeline = { tenant: "t", name: "p", generation: 1, spec: { source: { prefix } } };
    return {
      stack: "t.p",
      action: "up",
      config: { "causeway:pipeline": { value: JSON.stringify(pipeline) } },
      workDir: join(home.folder, "work"),
      engine,
      program: tinyProgram,
      ...more,
    };
  }
  const run = (operation: OperationRequest, more: object = {}) =>
    spawnOperation(operation, { env: home.env, onEvent: () => undefined, ...more });

  it("that will not end is killed after its deadline and grace, and its stack is usable at once", async () => {
    let child = { pid: 0, began: null as string | null };
    const result = await run(asked("deaf/"), {
      deadlineMs: 12_000,
      graceMs: 300,
      onSpawn: (identity: typeof child) => {
        child = identity;
      },
    });
    assert.equal(result.outcome, "failed");
    assert.equal(result.forced, true);
    assert.equal(result.failure?.code, "deadline");
    assert.equal(await beganAt(child.pid), null);
    assert.deepEqual(await lockHolders(home.env.PULUMI_BACKEND_URL, "t.p"), []);
    assert.equal((await run(asked("a/"))).outcome, "succeeded");
  });

  it("that destroys what was never built succeeds with nothing to do", async () => {
    const result = await run(asked("a/", { stack: "never.built", action: "destroy" }));
    assert.deepEqual([result.outcome, result.changes], ["succeeded", {}]);
  });

  it("with no engine says so instead of failing in silence", async () => {
    const result = await run(asked("a/", { engine: join(home.folder, "nowhere") }));
    assert.equal(result.outcome, "failed");
    assert.equal(result.failure?.code, "engine-missing");
  });

  it("whose program cannot be loaded names it", async () => {
    const result = await run(asked("a/", { program: join(home.folder, "none.ts") }));
    assert.equal(result.outcome, "failed");
    assert.match(result.failure?.message ?? "", /none\.ts/);
  });

  it("keeps a secret config value out of everything it reports", async () => {
    const secret = "a-secret-for-the-program";
    const reported: unknown[] = [];
    const operation = asked("print/");
    operation.config["causeway:password"] = { value: secret, secret: true };
    const result = await run(operation, { onEvent: (event: unknown) => reported.push(event) });
    assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
    assert.match(JSON.stringify(reported), /the password is \[secret\]/);
    assert.doesNotMatch(JSON.stringify([reported, result]), new RegExp(secret));
  });

  it("starts the engine while the state is read, and lets it do nothing before that has ended", async () => {
    assert.equal((await run(asked("before/"))).outcome, "succeeded");
    const diary = join(home.folder, "diary");
    const slow = await engineThat(`
      if [ "$1" != version ]; then echo "$1 begins" >> ${diary}; fi
      if [ "$1" = stack ]; then sleep 1.5; fi
      ${join(engine, "bin", "pulumi")} "$@"
      code=$?
      if [ "$1" = stack ]; then echo "stack ends $(date +%s%3N)" >> ${diary}; fi
      exit $code`);
    const steps: number[] = [];
    const onEvent = ({ kind }: OperationEvent): void => {
      if (kind === "resource") steps.push(Date.now());
    };
    const result = await run(asked("after/", { engine: slow }), { onEvent });
    assert.equal(result.outcome, "succeeded", JSON.stringify(result.failure));
    const told = await readFile(diary, "utf8");
    const [, readAt] = /^stack begins\nup begins\nstack ends (\d+)\n$/m.exec(told) ?? [];
    assert.ok(readAt !== undefined, told);
    const first = steps[0] ?? 0;
    assert.ok(first >= Number(readAt), `${first - Number(readAt)} ms`);
  });

  it("whose state cannot be read does nothing, and says why", async () => {
    const stateFile = join(home.folder, "state", ".pulumi", "stacks", "causeway", "t.p.json");
    const urns = async (): Promise<unknown> =>
      (await readFile(stateFile, "utf8")).match(/"urn":"[^"]*"/g);
    assert.equal((await run(asked("here/"))).outcome, "succeeded");
    const before = await urns();
    const broken = await engineThat(`
      if [ "$1" = stack ]; then sleep 1; echo "the state is sealed" >&2; exit 255; fi
      exec ${join(engine, "bin", "pulumi")} "$@"`);
    const result = await run(asked("there/", { engine: broken }));
    assert.equal(result.outcome, "failed");
    assert.match(result.failure?.message ?? "", /^the state is sealed/);
    assert.deepEqual(await urns(), before);
  });

  /** An engine's root whose `pulumi` is a script. */
  async function engineThat(script: string): Promise<string> {
    const root = await mkdtemp(join(home.folder, "engine-"));
    await mkdir(join(root, "bin"));
    await writeFile(join(root, "bin", "pulumi"), `#!/bin/sh${script}\n`, { mode: 0o755 });
    return root;
  }
});
