import { Exit } from "../../exit.ts";
import { configPath, writeConfig } from "../config-file.ts";
import type { Setting } from "../setting.ts";

export async function logout({ config, settings, env, ui }: Setting): Promise<Exit> {
  const { [settings.url]: session, ...others } = config.sessions ?? {};
  if (session === undefined) {
    ui.note(`You are not logged in at ${settings.url}.`);
    return Exit.done;
  }
  await writeConfig(env, { ...config, sessions: others });
  ui.note(`Logged out of ${settings.url}: its session is gone from ${configPath(env)}.`);
  return Exit.done;
}
