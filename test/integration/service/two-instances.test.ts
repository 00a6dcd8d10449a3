import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Pool } from "pg";
import { postgresOrSkip, type PostgresServer } from "../../support/postgres.ts";
import { makeHome, post, until, type Home } from "./harness.ts";

const main = fileURLToPath(new URL("programs/service-with-fake-engine.ts", import.meta.url));

interface Instance {
  process: ChildProcess;
  url: string;
}

/** A service of its own process and home, on the common database; its engine only waits as long as the prefix says. */
async function launch(home: Home, databaseUrl: string): Promise<Instance> {
  const child = spawn(process.execPath, [main], {
    env: {
      ...home.env,
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: "info",
      CAUSEWAY_OPERATIONS: "3",
      CAUSEWAY_LEASE_SECONDS: "3",
      CAUSEWAY_OPERATION_GRACE_SECONDS: "1",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { promise, resolve } = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) resolve(url);
  });
  return { process: child, url: await promise };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

describe("two services on one Postgres", () => {
  let server: PostgresServer | undefined;
  let homes: Home[];
  let instances: Instance[];
  let pool: Pool;
  before(async function () {
    server = await postgresOrSkip(this);
    homes = await Promise.all([makeHome(), makeHome()]);
    const { url } = server;
    // The second waits for the first's migrations in the database itself.
    instances = await Promise.all(homes.map((home) => launch(home, url)));
    pool = new Pool({ connectionString: url });
    // The pool's end does not wait for its connections' ends: the server may be the one that ends them.
    pool.on("connect", (client) => client.on("error", () => undefined));
  });
  after(async () => {
    if (server === undefined) return;
    for (const { process: child } of instances) await kill(child);
    await pool.end();
    await server.stop();
    for (const home of homes) await home.remove();
  });

  interface Row {
    id: string;
    state: string;
    owner: string | null;
    attempts: number;
  }
  async function rows(): Promise<Row[]> {
    const { rows: found } = await pool.query<Row>(
      `select id, state, lease_owner as owner, attempts from operations order by seq`,
    );
    return found;
  }

  it("share the work: each takes what the other has not, and every operation runs once", async () => {
    const ids = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const at = instances[index % 2]?.url ?? "";
        return (await post(at, `share${index}`, "wait-300/", `tenant${index % 3}`)).id;
      }),
    );
    const owners = new Set<string>();
    const look = setInterval(() => {
      void rows().then((now) => {
        for (const { owner } of now) if (owner !== null) owners.add(owner);
      });
    }, 50);
    for (const id of ids) await until(instances[0]?.url ?? "", id);
    clearInterval(look);
    assert.equal(owners.size, 2, [...owners].join(" "));
    for (const { state, attempts } of await rows())
      assert.deepEqual([state, attempts], ["succeeded", 1]);
  });

  it("when one is killed, the other ends what it had begun, once, and its queue", async () => {
    const [first, second] = instances;
    assert.ok(first && second);
    const ids = await Promise.all(
      Array.from(
        { length: 8 },
        async (_, index) => (await post(first.url, `kill${index}`, "wait-1500/")).id,
      ),
    );
    await until(first.url, ids[0] ?? "", "running");
    const victim = await ownerPid(ids[0] ?? "");
    const [dying, living] = victim === first.process.pid ? [first, second] : [second, first];
    await kill(dying.process);
    for (const id of ids) {
      const end = await until(living.url, id);
      assert.equal(end.metadata.state, "succeeded", JSON.stringify(end.error));
    }
    const ended = (await rows()).filter(({ id }) => ids.includes(id));
    assert.ok(
      ended.some(({ attempts }) => attempts === 2),
      "nothing was taken over",
    );
    assert.ok(ended.every(({ owner }) => owner === null));
    const { rows: notes } = await pool.query<{ message: string }>(
      `select message from operation_events where kind = 'note' and operation_id = any($1)`,
      [ids],
    );
    assert.ok(
      notes.some(({ message }) => message.includes("died")),
      JSON.stringify(notes),
    );
  });

  async function ownerPid(id: string): Promise<number> {
    const { rows: found } = await pool.query<{ owner: string }>(
      `select lease_owner as owner from operations where id = $1`,
      [id],
    );
    return Number(found[0]?.owner.split(":")[1]);
  }
});
