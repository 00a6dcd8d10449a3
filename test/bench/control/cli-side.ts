import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { projectName } from "../../../service/automation/project.ts";
import type { World } from "../../torture/control/clouds.ts";
import type { Times } from "./api-side.ts";

const peer = fileURLToPath(new URL("cli-peer.ts", import.meta.url));

/** Runs the bare command line on a stack, in a folder of its own, as a person would who has the stack's settings there. */
export async function timedByCli(
  world: World,
  stack: string,
  action: "preview" | "up",
  config: Record<string, { value: string }>,
): Promise<Times> {
  const folder = join(world.home, "cli");
  const events = join(folder, "events.json");
  await mkdir(folder, { recursive: true });
  await rm(events, { force: true });
  await settings(world, folder, stack, config);
  const options = action === "up" ? ["--yes", "--skip-preview", "--refresh"] : [];
  const began = performance.now();
  const command = join(world.engine, "bin", "pulumi");
  const child = spawn(process.execPath, [peer, command, events, action, stack, ...options], {
    cwd: folder,
    // The engine shows its event log to those who ask for debugging commands.
    env: { ...world.env, PULUMI_DEBUG_COMMANDS: "true" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  }
  let total: number | undefined;
  const ended = once(child, "exit").then(([code]) => {
    total = performance.now() - began;
    if (code !== 0) throw new Error(`pulumi ${action}: ${said.slice(-2_000)}`);
  });
  let first: number | undefined;
  while (total === undefined && first === undefined) {
    const text = await readFile(events, "utf8").catch(() => "");
    if (changesSomething(text)) first = performance.now() - began;
    await delay(5);
  }
  await ended;
  return { first: first ?? total ?? 0, total: total ?? 0 };
}

/** The same that the service takes for a resource's first event: a step that is not "same". */
function changesSomething(text: string): boolean {
  return text
    .split("\n")
    .some((line) => line.includes('"resourcePreEvent"') && !line.includes('"op":"same"'));
}

async function settings(
  world: World,
  folder: string,
  stack: string,
  config: Record<string, { value: string }>,
): Promise<void> {
  const state = join(world.home, "pulumi", ".pulumi", "stacks", projectName, `${stack}.json`);
  const { checkpoint } = JSON.parse(await readFile(state, "utf8")) as {
    checkpoint: { latest: { secrets_providers: { state: { salt: string } } } };
  };
  const values = Object.entries(config).map(([key, { value }]) => [key, value]);
  await writeFile(join(folder, "Pulumi.yaml"), `name: ${projectName}\nruntime: nodejs\n`);
  await writeFile(
    join(folder, `Pulumi.${stack}.yaml`),
    // JSON is YAML in which a text that looks like a date stays a text.
    JSON.stringify({
      encryptionsalt: checkpoint.latest.secrets_providers.state.salt,
      config: Object.fromEntries(values) as Record<string, string>,
    }),
  );
}
