import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { instanceName } from "../../../../service/automation/process-tree.ts";
import type { RunEngine } from "../../../../service/operations/execute.ts";
import { startService } from "../../../../service/service.ts";
import { readSettings } from "../../../../service/settings.ts";

/*
 * The service as a process of its own, whose engine only waits: `wait-N/` takes N ms. What is tried with it is the queue between services,
 * not the engine.
 */
const runEngine: RunEngine = async (operation, { signal }) => {
  const config = operation.config["causeway:pipeline"]?.value ?? "{}";
  const { prefix = "" } = (JSON.parse(config) as { spec: { source: { prefix?: string } } }).spec
    .source;
  const ms = Number(/^wait-(\d+)/.exec(prefix)?.[1] ?? 0);
  const cut = await delay(ms, false, { signal }).catch(() => true);
  return {
    outcome: cut ? "cancelled" : "succeeded",
    changes: { create: 1 },
    outputs: { values: {}, secretNames: [] },
    failure: null,
    seconds: ms / 1000,
    forced: false,
  };
};

const settings = readSettings(process.env, await instanceName());
const log = pino({ level: settings.logLevel });
await startService({ settings, env: process.env, log, runEngine });
