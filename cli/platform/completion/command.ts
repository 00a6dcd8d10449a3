import type { Command } from "commander";
import { BadUsage } from "../../errors.ts";
import { Exit } from "../../exit.ts";
import type { Setting } from "../setting.ts";
import { complete, type Candidate, type Dynamic } from "./candidates.ts";
import { scripts, shells } from "./scripts.ts";

/** Nobody waits longer for a key press. */
const patienceMs = 1500;
const most = 50;

/** `completion SHELL` prints the script; `-- WORDS...` is what the script asks. */
export async function completionCommand(args: readonly string[], program: Command): Promise<Exit> {
  const [first, ...words] = args;
  if (first === "--") {
    await answer(words[0] === "--" ? words.slice(1) : words, program);
    return Exit.done;
  }
  const shell = shells.find((one) => one === first);
  if (shell === undefined) {
    throw new BadUsage(
      `${first ?? ""} is no shell that is known. Expected one of ${shells.join(", ")}.`,
    );
  }
  process.stdout.write(scripts[shell]);
  return Exit.done;
}

async function answer(words: readonly string[], program: Command): Promise<void> {
  const { candidates, dynamic, options } = complete(program, words);
  const current = words.at(-1) ?? "";
  const known = dynamic === undefined ? [] : await fromService(dynamic, options, current);
  for (const [word, means] of [...candidates, ...known]) {
    if (word.startsWith(current))
      process.stdout.write(`${word}\t${means.replaceAll(/\s+/g, " ")}\n`);
  }
}

/** What cannot be asked now is not completed; a key press is no place for error messages. */
async function fromService(
  dynamic: Dynamic,
  options: Readonly<Record<string, string>>,
  current: string,
): Promise<readonly Candidate[]> {
  try {
    const { openSetting } = await import("../setting.ts");
    const setting = await openSetting({ ...options, quiet: true }, process.env);
    try {
      return await within(names(setting, dynamic, current), patienceMs);
    } finally {
      setting.close();
    }
  } catch {
    return [];
  }
}

async function names(
  { client, settings }: Setting,
  dynamic: Dynamic,
  current: string,
): Promise<readonly Candidate[]> {
  const [given, name] = current.split("/", 2);
  const tenant = name === undefined ? settings.tenant : given;
  if (dynamic === "operations") {
    const query = { limit: most, ...(tenant === undefined ? {} : { tenant }) };
    const { items } = await client.call("listOperations", { query });
    return items.map(({ id, metadata: { action, pipeline, state } }) => [
      id,
      `${action} ${pipeline} ${state}`,
    ]);
  }
  if (dynamic === "previews") return [];
  if (tenant === undefined) return tenants(await client.call("whoAmI", {}));
  const { items } = await client.call("listPipelines", {
    params: { tenant },
    query: { limit: 500 },
  });
  const before = name === undefined ? "" : `${tenant}/`;
  return items.map((one) => [`${before}${one.name}`, one.status.state]);
}

function tenants({ roles }: { readonly roles: Readonly<Record<string, string>> }): Candidate[] {
  return Object.entries(roles).map(([tenant, role]) => [`${tenant}/`, role]);
}

async function within<T>(asked: Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("too slow")), ms);
  try {
    return await Promise.race([asked, promise]);
  } finally {
    clearTimeout(timer);
  }
}
