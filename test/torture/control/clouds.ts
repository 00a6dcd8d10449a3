import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Clouds } from "../../../local/clouds.ts";
import { findEngine } from "../../../local/engine/engine.ts";
import { changeFoundation, foundationStack } from "../../../local/foundation.ts";

/** Both embedded clouds in this process, which is never killed, with a foundation in them for pipelines to be built on. */
export interface World {
  readonly home: string;
  readonly clouds: Clouds;
  readonly engine: string;
  /** What the operator's shell and the service have: credentials, providers, state, passphrase. */
  readonly env: Record<string, string>;
  /** Ids of what the foundation alone is made of. */
  readonly foundation: readonly string[];
  stop(): Promise<void>;
}

export const environment = "local";

export async function makeWorld(home: string, say: (line: string) => void): Promise<World> {
  await mkdir(join(home, "pulumi"), { recursive: true });
  const { root } = await findEngine();
  const clouds = await Clouds.start({ home, awsPort: 0, azurePort: 0 });
  const passphrase = join(home, "passphrase");
  await writeFile(passphrase, "a-passphrase-for-the-torture", { mode: 0o600 });
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    ...clouds.operatorEnvironment(),
    PULUMI_BACKEND_URL: `file://${join(home, "pulumi")}`,
    PULUMI_HOME: join(home, "pulumi-home"),
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  try {
    const signal = new AbortController().signal;
    const onProgress = (): void => undefined;
    await changeFoundation("up", { home, environment, engine: root, env, signal, onProgress });
    say(`clouds and foundation ${foundationStack(environment)} are up`);
    const foundation = await clouds.inventory();
    return { home, clouds, engine: root, env, foundation, stop: () => clouds.close() };
  } catch (error) {
    await clouds.close();
    throw error;
  }
}
