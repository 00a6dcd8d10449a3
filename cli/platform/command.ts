import type { Command } from "commander";
import { Exit } from "../exit.ts";
import type { RawOptions } from "../options.ts";
import type { PlatformCommand } from "./program.ts";
import { openSetting } from "./setting.ts";
import { tellProblem } from "./show/problem.ts";

/** Runs one command of the platform; each is loaded when it is asked for. */
export async function platformCommand(
  command: PlatformCommand,
  args: readonly string[],
  raw: RawOptions,
  program: Command,
): Promise<Exit> {
  if (command === "completion") {
    const { completionCommand } = await import("./completion/command.ts");
    return completionCommand(args, program);
  }
  const setting = await openSetting(raw, process.env);
  try {
    return await (
      await load(command)
    )(setting, args, raw);
  } catch (error) {
    if (setting.interrupted.aborted) return Exit.interrupted;
    return tellProblem(setting, error);
  } finally {
    setting.close();
  }
}

type Run = (
  setting: Awaited<ReturnType<typeof openSetting>>,
  args: readonly string[],
  raw: RawOptions,
) => Promise<Exit>;

async function load(command: Exclude<PlatformCommand, "completion">): Promise<Run> {
  switch (command) {
    case "login":
      return (await import("./auth/login.ts")).login;
    case "logout":
      return (await import("./auth/logout.ts")).logout;
    case "whoami":
      return (await import("./auth/whoami.ts")).whoami;
    case "apply":
      return (await import("./commands/apply.ts")).apply;
    case "preview":
      return (await import("./commands/preview.ts")).preview;
    case "approve":
      return (await import("./commands/approve.ts")).approve;
    case "get":
      return (await import("./commands/get.ts")).get;
    case "runs":
      return (await import("./commands/runs.ts")).runs;
    case "logs":
      return (await import("./commands/logs.ts")).logs;
    case "cancel":
      return (await import("./commands/cancel.ts")).cancel;
    case "delete":
      return (await import("./commands/delete.ts")).remove;
    case "scan":
      return (await import("./commands/scan.ts")).scan;
    case "arrived":
      return (await import("./commands/arrived.ts")).arrived;
    case "doctor":
      return (await import("./commands/doctor.ts")).doctor;
  }
}
