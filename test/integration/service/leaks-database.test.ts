import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import request from "supertest";
import { treeOf } from "../../../service/automation/process-tree.ts";
import { openDatabase } from "../../../service/db/database.ts";
import { postgresOrSkip, type PostgresServer } from "../../support/postgres.ts";
import { until as untilTrue } from "../../support/until.ts";
import { makeHome, post, until, type Home } from "./harness.ts";
import { assertWithout } from "./secret-search.ts";

const main = fileURLToPath(new URL("../../../service/main.ts", import.meta.url));
const secrets = { password: "0x5eed&of the/database+5af1" };
const assertClean = (where: string, text: string): void => assertWithout(secrets, where, text);

/** With a password, which this server does not ask for. */
function withPassword(url: string): string {
  return url.replace("causeway@", `causeway:${encodeURIComponent(secrets.password)}@`);
}

describe("the database's password", function () {
  this.timeout(120_000);
  let server: PostgresServer | undefined;
  let home: Home;
  let service: ChildProcess;
  let url: string;
  let env: NodeJS.ProcessEnv;
  const log: string[] = [];
  const answers: string[] = [];

  before(async function () {
    server = await postgresOrSkip(this);
    home = await makeHome();
    env = {
      ...home.env,
      DATABASE_URL: withPassword(server.url),
      CAUSEWAY_LEASE_SECONDS: "4",
      LOG_LEVEL: "trace",
    };
    service = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "pipe"] });
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    for (const out of [service.stdout, service.stderr])
      createInterface({ input: out! }).on("line", (line) => {
        log.push(line);
        const up = /"url":"(http:[^"]+)".*service is up/.exec(line)?.[1];
        if (up !== undefined) resolve(up);
      });
    service.once("exit", () => reject(new Error(log.join("\n"))));
    url = await promise;
  });
  after(async () => {
    if (server === undefined) return;
    service.kill("SIGKILL");
    await server.stop();
    await home.remove();
  });

  it("is the service's alone: no child, no argument, no table, no file has it", async () => {
    const operation = await post(url, "exports", "slow-1500/");
    const children = await untilTrue("the engine runs", async () => {
      const pids = (await treeOf(service.pid ?? 0)).filter((pid) => pid !== service.pid);
      const read = (pid: number, what: string) =>
        readFile(`/proc/${pid}/${what}`, "utf8").catch(() => "");
      const all = await Promise.all(
        pids.map(async (pid) => `${await read(pid, "cmdline")} ${await read(pid, "environ")}`),
      );
      return all.some((one) => one.includes("pulumi")) ? all : undefined;
    });
    assertClean("a child", children.join("\n"));
    assertClean("an argument", await readFile(`/proc/${service.pid}/cmdline`, "utf8"));
    const done = await until(url, operation.id);
    assert.equal(done.metadata.state, "succeeded", JSON.stringify(done.error));
    const database = await openDatabase({ url: server?.url, folder: "" });
    const { rows } = await sql<{ name: string }>`
      select table_name as name from information_schema.tables where table_schema = 'public'`.execute(
      database.db,
    );
    for (const { name } of rows) {
      const table = await sql`select * from ${sql.table(name)}`.execute(database.db);
      assertClean(`the table ${name}`, JSON.stringify(table.rows));
    }
    await database.close();
    const entries = await readdir(home.folder, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      assertClean(path, await readFile(path, "latin1"));
    }
  });

  it("is not told when the database goes away: in no answer, no log line, no complaint", async () => {
    await server?.stop();
    const ready = await untilTrue("it is not ready", async () => {
      const answer = await request(url).get("/readyz");
      answers.push(answer.text);
      return answer.status === 503 ? answer.text : undefined;
    });
    assert.match(ready, /The database does not answer/);
    for (const path of ["/v1/operations", "/v1/tenants/acme/pipelines", "/metrics"])
      answers.push((await request(url).get(path)).text);
    assertClean("an answer", answers.join("\n"));

    const second = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const out of [second.stdout, second.stderr])
      out.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(second, "close")) as [number];
    assert.equal(code, 1, said);
    assert.match(said, /database/i);
    assertClean("what a service says that cannot start", said);
    assert.ok(log.length > 10);
    assertClean("the log", log.join("\n"));
  });
});
