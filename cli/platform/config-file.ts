import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { BadUsage } from "../errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Who is logged in at one service. */
export interface Session {
  readonly accessToken: string;
  /** Milliseconds since 1970; undefined: it does not say. */
  readonly expiresAt?: number | undefined;
  readonly refreshToken?: string | undefined;
  /** Where the token is renewed. */
  readonly tokenEndpoint?: string | undefined;
  readonly clientId?: string | undefined;
}

export interface Config {
  /** The service that was logged in at last. */
  readonly url?: string | undefined;
  readonly tenant?: string | undefined;
  /** By the service's address. */
  readonly sessions?: Readonly<Record<string, Session>> | undefined;
}

/** `$XDG_CONFIG_HOME/causeway/config.json`. */
export function configPath(env: Environment): string {
  const base = env["XDG_CONFIG_HOME"] ?? "";
  return join(
    base === "" ? join(env["HOME"] ?? homedir(), ".config") : base,
    "causeway/config.json",
  );
}

export async function readConfig(env: Environment): Promise<Config> {
  const path = configPath(env);
  try {
    return JSON.parse(await readFile(path, "utf8")) as Config;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    if (error instanceof SyntaxError) {
      throw new BadUsage(`${path} is not JSON. Mend it, or remove it and log in again.`);
    }
    throw error;
  }
}

/** Readable for its owner only, and whole or not at all. */
export async function writeConfig(env: Environment, config: Config): Promise<string> {
  const path = configPath(env);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  // An earlier draft may have been there with other rights.
  await chmod(draft, 0o600);
  await rename(draft, path);
  return path;
}
