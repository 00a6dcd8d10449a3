import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { sql } from "kysely";
import request from "supertest";
import { renderComment } from "../../../cli/pr/render/comment.ts";
import type { PullReport } from "../../../cli/pr/report.ts";
import { Clouds } from "../../../local/clouds.ts";
import { treeOf } from "../../../service/automation/process-tree.ts";
import { spawnOperation } from "../../../service/automation/run-operation.ts";
import { openDatabase } from "../../../service/db/database.ts";
import { engine, makeHome, spec, type Home, type OperationBody } from "./harness.ts";
import { hidden } from "./programs/leaky.ts";
import { assertWithout } from "./secret-search.ts";

const main = fileURLToPath(new URL("../../../service/main.ts", import.meta.url));
const program = fileURLToPath(new URL("programs/leaky.ts", import.meta.url));

/** Typed by somebody into a request, where a reference belongs. */
const typed = {
  accessKey: `AKIA0X5EEDTYPEDBYANN`,
  github: `ghp_0x5eedTypedInAHurry0123456789abcdef`,
  password: "postgres://ann:0x5eed-open-sesame@db/x",
  machine: "cwt_0x5eedtypedbyann0000_0x5eedTypedByAnnWhoHadItInHerClipboard00000",
};
const operators = {
  passphrase: "0x5eed-passphrase-in-a-file",
  token: "0x5eed-token-of-the-operator",
};

const made: Record<string, string> = { ...hidden, ...typed, ...operators };

const assertClean = (where: string, text: string, but: readonly string[] = []): void =>
  assertWithout(made, where, text, but);

describe("secrets, seeded everywhere", function () {
  this.timeout(240_000);
  let home: Home;
  let clouds: Clouds;
  let service: ChildProcess;
  let url: string;
  let env: NodeJS.ProcessEnv;
  let collector: Server;
  const log: string[] = [];
  const traces: string[] = [];
  const answers: string[] = [];
  const early: string[] = [];
  let firstId = "";
  const commands = new Set<string>();
  const environments = new Map<string, string>();

  before(async () => {
    home = await makeHome();
    clouds = await Clouds.start({ home: join(home.folder, "clouds"), awsPort: 0, azurePort: 0 });
    collector = createServer((req, res) => {
      req.on("data", (chunk: Buffer) => traces.push(chunk.toString("latin1")));
      req.on("end", () => res.end("{}"));
    }).listen(0, "127.0.0.1");
    await once(collector, "listening");
    const { port } = collector.address() as AddressInfo;
    const passphraseFile = join(home.folder, "passphrase");
    writeFileSync(passphraseFile, operators.passphrase, { mode: 0o600 });
    env = {
      ...home.env,
      PULUMI_CONFIG_PASSPHRASE: undefined,
      ...clouds.operatorEnvironment(),
      PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      CAUSEWAY_TOKEN: operators.token,
      CAUSEWAY_PROGRAM: program,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      LOG_LEVEL: "trace",
    };
    service = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "pipe"] });
    const { promise, resolve } = Promise.withResolvers<string>();
    for (const out of [service.stdout, service.stderr])
      createInterface({ input: out! }).on("line", (line) => {
        log.push(line);
        const up = /"url":"(http:[^"]+)".*service is up/.exec(line)?.[1];
        if (up !== undefined) resolve(up);
      });
    url = await promise;
  });
  after(async () => {
    service.kill("SIGKILL");
    collector.close();
    collector.closeAllConnections();
    await clouds.close();
    await home.remove();
  });

  /** Sends a request as the operator and keeps what is answered. */
  async function ask(sent: request.Test): Promise<request.Response> {
    const answer = await sent.set("authorization", `Bearer ${operators.token}`);
    answers.push(answer.text, JSON.stringify(answer.headers));
    return answer;
  }

  const pipelines = "/v1/tenants/acme/pipelines";

  /** What every process of the service shows of itself while it runs. */
  async function watchProcesses(): Promise<void> {
    const read = (pid: number, what: string) =>
      readFile(`/proc/${pid}/${what}`, "utf8").catch(() => "");
    const own = await read(service.pid ?? 0, "cmdline");
    for (const pid of await treeOf(service.pid ?? 0)) {
      const command = await read(pid, "cmdline");
      commands.add(command.replaceAll("\0", " "));
      // Between fork and exec a child is still the service itself, in words and environment.
      if (command !== own) environments.set(command, await read(pid, "environ"));
    }
  }

  async function settled(id: string): Promise<OperationBody> {
    for (;;) {
      const { body } = (await ask(request(url).get(`/v1/operations/${id}`))) as {
        body: OperationBody;
      };
      await watchProcesses();
      if (body.done) return body;
      await delay(100);
    }
  }

  async function carriedOut(name: string, how: string): Promise<OperationBody> {
    const there = await ask(request(url).get(`${pipelines}/${name}`));
    const sent =
      there.status === 200
        ? request(url)
            .put(`${pipelines}/${name}`)
            .send({ spec: spec(`${how}/`) })
        : request(url)
            .post(pipelines)
            .send({ name, spec: spec(`${how}/`) });
    const answer = await ask(sent);
    assert.equal(answer.status, 202, answer.text);
    return settled((answer.body as OperationBody).id);
  }

  it("are refused where somebody types them into a request", async () => {
    for (const secret of Object.values(typed)) {
      const bodies = [
        { name: "typed", spec: spec(secret) },
        { name: "typed", spec: { ...spec(), tags: { owner: secret } } },
        { name: "typed", spec: { ...spec(), [secret]: 1 } },
        { name: secret, spec: spec() },
        { name: "typed", spec: spec(), extra: [{ deep: secret }] },
      ];
      for (const body of bodies) {
        const { status } = await ask(request(url).post(pipelines).send(body));
        assert.equal(status, 400);
      }
      const broken = request(url)
        .post(pipelines)
        .type("json")
        .send(`{"name": "${secret}" ${secret}`);
      assert.equal((await ask(broken)).status, 400);
      const keyed = request(url).post(pipelines).set("idempotency-key", secret);
      assert.equal((await ask(keyed.send({ name: "typed", spec: spec() }))).status, 400);
      const preview = request(url)
        .post(`${pipelines}/none/previews`)
        .send({ spec: spec(secret) });
      assert.equal((await ask(preview)).status, 400);
    }
  });

  it("are kept to the one answer that makes a machine token, wherever its holder puts it then", async () => {
    const tokens = "/v1/tenants/acme/tokens";
    const operator = `Bearer ${operators.token}`;
    const sent = request(url).post(tokens).set("authorization", operator);
    const answer = await sent.send({ name: "ci", role: "writer" }).expect(201);
    const { id, token } = answer.body as { id: string; token: string };
    // Its id is no secret: the list of tokens has it.
    made["tokenOfAMachine"] = token.slice(`cwt_${id}_`.length);
    const as = async (bearer: string, sending: request.Test, status: number) => {
      const answer = await sending.set("authorization", `Bearer ${bearer}`);
      answers.push(answer.text, JSON.stringify(answer.headers));
      assert.equal(answer.status, status, answer.text);
    };
    await as(token, request(url).get(pipelines), 200);
    await as(token, request(url).get("/v1/me"), 200);
    await as(token, request(url).get("/v1/audit"), 403);
    await as(`${token}x`, request(url).get("/v1/me"), 401);
    await as(token.toUpperCase(), request(url).get("/v1/me"), 401);
    await as(token, request(url).get(`${pipelines}/${token}`), 400);
    await as(token, request(url).get(`/${token}`), 404);
    // Refused, which the audit log has.
    await as(token, request(url).get(`/v1/tenants/other/pipelines/${token}`), 404);
    for (const what of ["operations", "previews"])
      await as(token, request(url).get(`/v1/${what}/${token}`), 400);
    await as(token, request(url).get(`${pipelines}?cursor=${token}`), 400);
    const told = request(url).post(pipelines).set("x-request-id", token);
    await as(token, told.send({ name: "told", spec: spec(token) }), 400);
    const named = request(url).post(tokens).set("x-request-id", token);
    await as(operators.token, named.send({ name: token, role: "reader" }), 400);
    const quotas = request(url).put("/v1/tenants/acme/quotas").set("x-request-id", token);
    await as(operators.token, quotas.send({}), 200);
    await as(operators.token, request(url).delete(`${tokens}/${id}`), 200);
    await as(token, request(url).get("/v1/me"), 401);
    await ask(request(url).get(tokens));
  });

  it("are masked in an operation that prints, packs, cuts and returns one", async () => {
    const first = await carriedOut("leaky", "first");
    assert.equal(first.metadata.state, "succeeded", JSON.stringify(first.error));
    firstId = first.id;
    const { outputs = {} } = first.response ?? {};
    assert.deepEqual(outputs["careless"], "https://example.com/?key=[secret]");
  });

  it("are masked old and new in a preview of their change, though one was plain before", async () => {
    const answer = await ask(
      request(url)
        .post(`${pipelines}/leaky/previews`)
        .send({ spec: spec("second/") }),
    );
    const { id, links } = answer.body as OperationBody & { links: { preview?: string } };
    const done = await settled(id);
    assert.equal(done.metadata.state, "succeeded", JSON.stringify(done.error));
    assert.ok(links.preview !== undefined);
    const preview = (await ask(request(url).get(links.preview))).body as { steps: unknown[] };
    assert.notEqual(preview.steps.length, 0);
    const entry = {
      ...{
        tenant: "acme",
        pipeline: "leaky",
        file: "a.yaml",
        change: "changed",
        renamed: undefined,
      },
      ...{ fileDigest: "", outcome: { kind: "preview", preview } },
    };
    const report = { commit: "0".repeat(40), service: url, entries: [entry], program: undefined };
    answers.push(renderComment(report as unknown as PullReport, ""));
  });

  it("are masked in the change itself", async () => {
    const second = await carriedOut("leaky", "second");
    assert.equal(second.metadata.state, "succeeded", JSON.stringify(second.error));
  });

  it("are masked in what a provider, a program and a dying child say at the end", async () => {
    const failed = await carriedOut("leaky", "fails");
    assert.match(failed.error?.detail ?? "", /allowedPattern: .*\[secret\]/);
    const thrown = await carriedOut("leaky", "throws");
    assert.match(thrown.error?.detail ?? "", /cannot sign with \[secret\], nor as \[secret\]/);
    const pipeline = { tenant: "acme", name: "crash", generation: 1, spec: spec("crashes/") };
    const crashed = await spawnOperation(
      {
        ...{ stack: "acme.crash", action: "up", engine, program },
        config: { "causeway:pipeline": { value: JSON.stringify(pipeline) } },
        workDir: join(home.folder, "crash"),
      },
      { env, onEvent: (event) => answers.push(JSON.stringify(event)) },
    );
    // The service would try again; these are the words that it would report in the end.
    assert.match(crashed.failure?.message ?? "", /exit code 3\. .*\[secret\]/s);
    answers.push(JSON.stringify(crashed));
  });

  it("are in no answer, event, comment, metric, trace, log line, argument or environment", async () => {
    const listed = await ask(request(url).get("/v1/operations?limit=100"));
    for (const { links } of (listed.body as { items: { links: { events: string } }[] }).items) {
      const before = answers.length;
      await ask(request(url).get(`${links.events}?limit=200`));
      await ask(request(url).get(`${links.events}?limit=200`).set("accept", "text/event-stream"));
      // What nobody called a secret yet was shown when it was made.
      if (links.events.includes(firstId)) early.push(...answers.splice(before));
    }
    for (const path of [pipelines, "/metrics", "/v1/audit", "/readyz", "/openapi.json"])
      await ask(request(url).get(path));
    service.kill("SIGTERM");
    await once(service, "exit");
    for (const [what, texts] of Object.entries({ answers, traces, log }))
      assert.ok(texts.length > 0, what);
    assertClean("an answer", answers.join("\n"));
    assertClean("an early answer", early.join("\n"), ["wasPlain"]);
    assertClean("a trace", traces.join("\n"));
    assertClean("the log", log.join("\n"));
    assertClean("a process's arguments", [...commands].join("\n"));
    assert.ok([...commands].some((command) => command.includes("pulumi")));
    assert.ok([...environments.values()].some((text) => text.includes("PULUMI_HOME=")));
    assertClean("a child's environment", [...environments.values()].join("\n"));
    const audit = answers.filter((text) => text.includes("pipeline.create"));
    assert.notEqual(audit.length, 0);
  });

  it("are in no table of the database", async () => {
    const database = await openDatabase({
      url: undefined,
      folder: join(home.folder, "service", "db"),
    });
    const { rows } = await sql<{ name: string }>`
      select table_name as name from information_schema.tables where table_schema = 'public'`.execute(
      database.db,
    );
    assert.ok(rows.length > 8);
    let cells = 0;
    for (const { name } of rows) {
      const table = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(
        database.db,
      );
      cells += table.rows.length;
      const isEarly = (row: Record<string, unknown>) => row["operation_id"] === firstId;
      const text = (rows: Record<string, unknown>[]) => rows.map(unpacked).join("\n");
      assertClean(`the table ${name}`, text(table.rows.filter((row) => !isEarly(row))));
      assertClean(`the table ${name}`, text(table.rows.filter(isEarly)), ["wasPlain"]);
    }
    await database.close();
    assert.ok(cells > 50, `${cells} rows`);
  });

  it("are in no file: state, work folders, the database's own files, the engine's home", async () => {
    const left = await readdir(join(home.folder, "service", "work")).catch(() => []);
    assert.deepEqual(
      left.filter((name) => name !== "readiness"),
      [],
    );
    const entries = await readdir(home.folder, { recursive: true, withFileTypes: true });
    let files = 0;
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      // The cloud holds what it was given to hold; the passphrase is in its file.
      const kept = path.startsWith(join(home.folder, "clouds")) || entry.name === "passphrase";
      if (!entry.isFile() || kept) continue;
      files += 1;
      // The state holds what the program did not call a secret; the database's own files hold what was shown before it did.
      const shown = /[/](state|service[/]db)[/]/.test(path) ? ["wasPlain"] : [];
      const text = withoutCareless(await readFile(path, "latin1"));
      assertClean(path, text, shown);
    }
    assert.ok(files > 20, `${files} files`);
  });
});

/** A preview keeps its plan packed: it is looked into as well. */
function unpacked(row: Record<string, unknown>): string {
  const text = JSON.stringify(row);
  const packed = [...text.matchAll(/H4sI[A-Za-z0-9+/=]{40,}/g)].map(([base64]) =>
    withoutCareless(gunzipSync(Buffer.from(base64, "base64")).toString()),
  );
  return [text, ...packed].join("\n");
}

/** What a program does not call a secret is plain in the engine's own files, its state and its plans, which nobody is shown. */
function withoutCareless(text: string): string {
  return text.replaceAll(/example\.com\/\?key=[^"]*/g, "");
}
