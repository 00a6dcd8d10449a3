import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Clouds } from "../../../local/clouds.ts";
import { findEngine } from "../../../local/engine/engine.ts";
import { changeFoundation, foundationStack } from "../../../local/foundation.ts";

/** Both embedded clouds in this process, which is never killed, and the foundation in them where the pipelines are built on one. */
export interface World {
  readonly home: string;
  readonly clouds: Clouds;
  readonly engine: string;
  /** What the operator's shell and the service have: credentials, providers, state, passphrase. */
  readonly env: Record<string, string>;
  /** Its stack, and the ids of what it is made of. */
  readonly foundation: { readonly stack: string; readonly ids: readonly string[] } | undefined;
  stop(): Promise<void>;
}

export const environment = "local";

export async function makeWorld(
  home: string,
  { founded, say }: { founded: boolean; say: (line: string) => void },
): Promise<World> {
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
    const common = { home, clouds, engine: root, env, stop: () => clouds.close() };
    const world = { ...common, foundation: founded ? await foundation(common) : undefined };
    say(founded ? `clouds and ${foundationStack(environment)} are up` : "clouds are up");
    return world;
  } catch (error) {
    await clouds.close();
    throw error;
  }
}

async function foundation(world: Omit<World, "foundation">) {
  const { home, engine, env, clouds } = world;
  const signal = new AbortController().signal;
  const onProgress = (): void => undefined;
  await changeFoundation("up", { home, environment, engine, env, signal, onProgress });
  return { stack: foundationStack(environment), ids: await clouds.inventory() };
}
