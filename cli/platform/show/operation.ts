import type { LiveEvent } from "../../../service/client/follow.ts";
import { settled } from "../../../service/client/wait.ts";
import type { Operation } from "../../../service/http/schemas.ts";
import { Exit } from "../../exit.ts";
import { showDuration } from "../../units.ts";
import { visibleLine } from "../../../runtime/visible.ts";
import type { Setting } from "../setting.ts";
import { styleOf } from "./paint.ts";

/** What an operation is, in a line. */
export function operationWords({ id, metadata }: Operation): string {
  const { action, tenant, pipeline, state, generation, position } = metadata;
  const before = position === null || position === 0 ? "" : `, ${position} before it`;
  return `operation ${id}: ${action} ${tenant}/${pipeline}, generation ${generation}, ${state}${before}`;
}

/** Waits for an operation, if that is wanted; says how it ended or how to follow it, and gives the exit code. */
export async function conclude(
  setting: Setting,
  operation: Operation,
  wait: boolean,
): Promise<Exit> {
  const { ui } = setting;
  const last = wait ? await follow(setting, operation) : operation;
  if (ui.json) ui.data(last);
  else sayEnd(setting, last);
  return exitOf(last);
}

export async function follow(setting: Setting, operation: Operation): Promise<Operation> {
  const { ui, client, interrupted } = setting;
  if (operation.done) return operation;
  ui.note(operationWords(operation));
  const seen = { done: 0, wrong: 0 };
  const began = Date.now();
  const tick = setInterval(() => {
    ui.progress(
      `${operation.metadata.action} ${operation.metadata.pipeline}: ${seen.done} resources done, ${showDuration(Date.now() - began)}`,
    );
  }, 250);
  try {
    return await settled(client, operation, (event) => {
      if (event.kind === "resource" && event.status === "done") seen.done += 1;
      if (event.status === "failed" || event.severity === "error") ui.note(eventWords(event));
    });
  } catch (error) {
    if (interrupted.aborted) {
      ui.clear();
      ui.note(
        `The operation goes on. causeway logs -f ${operation.id} follows it, causeway cancel ${operation.id} stops it.`,
      );
    }
    throw error;
  } finally {
    clearInterval(tick);
    ui.clear();
  }
}

export function sayEnd({ ui }: Setting, operation: Operation): void {
  const { id, metadata, error, response, done } = operation;
  const { action, tenant, pipeline, state, seconds } = metadata;
  const what = `${action} ${tenant}/${pipeline}`;
  if (!done) {
    ui.print(`${what}: ${ui.paint(styleOf(state), state)}, operation ${id}`);
    ui.note(`causeway logs -f ${id} follows it.`);
    return;
  }
  const took = seconds === null ? "" : ` in ${showDuration(seconds * 1000)}`;
  ui.print(
    `${what}: ${ui.paint(styleOf(state), state)}${took}, ${visibleLine(response?.summary ?? id)}`,
  );
  if (error === undefined) return;
  ui.print(`  ${visibleLine(error.title)}: ${visibleLine(error.detail)}`);
  if (error.resource !== null) ui.print(`  at ${visibleLine(error.resource)}`);
  if (error.remedy !== "") ui.print(`  ${visibleLine(error.remedy)}`);
}

/** One event on one line. */
export function eventWords(event: LiveEvent): string {
  const time = event.at.slice(11, 19);
  const { kind, op, name, type, status, severity, message } = event;
  if (kind === "resource") {
    return `${time}  ${(status ?? "").padEnd(8)} ${(op ?? "").padEnd(8)} ${name ?? ""}  ${type ?? ""}`.trimEnd();
  }
  const words = visibleLine(message ?? "");
  return severity === null || severity === "info"
    ? `${time}  ${words}`
    : `${time}  ${severity}: ${words}`;
}

function exitOf({ done, metadata }: Operation): Exit {
  return !done || metadata.state === "succeeded" ? Exit.done : Exit.failed;
}
