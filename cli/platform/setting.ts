import { Client } from "../../service/client/client.ts";
import type { RawOptions } from "../options.ts";
import { gone } from "../pipe.ts";
import { sessionToken } from "./auth/session.ts";
import { readConfig, type Config, type Environment } from "./config-file.ts";
import { readSettings, requirePrivate, type Settings } from "./settings.ts";
import { Ui } from "./ui.ts";

/** What a command of the platform works with. */
export interface Setting {
  readonly env: Environment;
  readonly config: Config;
  readonly settings: Settings;
  readonly client: Client;
  readonly ui: Ui;
  /** SIGINT, SIGTERM, or nobody reads any more. */
  readonly interrupted: AbortSignal;
  /** Takes back the screen and the signals. */
  close(): void;
}

export async function openSetting(raw: RawOptions, env: Environment): Promise<Setting> {
  const config = await readConfig(env);
  const settings = readSettings(raw, env, config);
  const ui = new Ui({ json: raw["json"] === true, quiet: raw["quiet"] === true }, env);
  const signals = new AbortController();
  const stop = (): void => signals.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const interrupted = AbortSignal.any([signals.signal, gone.signal]);
  const session = config.sessions?.[settings.url];
  if (settings.token !== undefined || session !== undefined) requirePrivate(settings, env);
  const token = settings.token ?? sessionToken(settings.url, env);
  const client = new Client({
    url: settings.url,
    token,
    signal: interrupted,
    userAgent: "causeway-cli",
  });
  const close = (): void => {
    ui.clear();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
  return { env, config, settings, client, ui, interrupted, close };
}
