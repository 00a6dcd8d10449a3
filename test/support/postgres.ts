import { execFile, spawn } from "node:child_process";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { freePorts } from "./free-ports.ts";
import { until } from "./until.ts";

const run = promisify(execFile);

export interface PostgresServer {
  url: string;
  stop(): Promise<void>;
}

/** The newest Postgres of this machine (where Debian puts it, else on the PATH); undefined when there is none. */
async function binaries(): Promise<string | undefined> {
  const root = "/usr/lib/postgresql";
  const versions = (await readdir(root).catch(() => [])).toSorted((a, b) => Number(b) - Number(a));
  if (versions[0] !== undefined) return join(root, versions[0], "bin");
  const found = await run("pg_config", ["--bindir"]).catch(() => undefined);
  return found?.stdout.trim();
}

/** The server refuses to run as root; there it runs as the user that its package has made. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string) => Number((await run("id", [flag, "postgres"])).stdout);
  return { uid: await id("-u"), gid: await id("-g") };
}

/** What the names of its folders begin with. */
export const postgresFolder = "causeway-postgres-";

/** Starts a real Postgres of its own in a folder of its own, below `parent`; undefined where none is installed. */
export async function startPostgres(parent = tmpdir()): Promise<PostgresServer | undefined> {
  const bin = await binaries();
  if (bin === undefined) return undefined;
  const folder = await mkdtemp(join(parent, postgresFolder));
  const user = await unprivileged();
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const options = { cwd: folder, ...user };
  const data = join(folder, "data");
  await run(
    join(bin, "initdb"),
    ["-D", data, "-U", "causeway", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    options,
  );
  const [port = 0] = await freePorts(1);
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "fsync=off",
    "max_connections=50",
  ];
  const server = spawn(
    join(bin, "postgres"),
    ["-D", data, ...settings.flatMap((setting) => ["-c", setting])],
    { ...options, stdio: "ignore" },
  );
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const url = `postgres://causeway@127.0.0.1:${port}/postgres`;
  await until("the server answers", async () => {
    const client = new Client({ connectionString: url });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query("select 1");
      return true;
    } catch {
      return undefined;
    } finally {
      await client.end().catch(() => undefined);
    }
  });
  return {
    url,
    stop: async () => {
      // Connections that are being closed may end by themselves; then "fast", which ends those that are left.
      server.kill("SIGTERM");
      const late = setTimeout(() => server.kill("SIGINT"), 2_000);
      await ended;
      clearTimeout(late);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same, for tests that are nothing without one: where none is installed they are skipped, and it is said why. */
export async function postgresOrSkip(context: Mocha.Context): Promise<PostgresServer> {
  const server = await startPostgres();
  if (server !== undefined) return server;
  console.log("      No Postgres is installed (Debian: postgresql); not tried.");
  return context.skip();
}
