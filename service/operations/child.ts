/**
 * The process of one operation: runs one engine action on one stack through the Automation API and reports over IPC.
 * It is a process of its own because the Automation API installs process-wide handlers, and because a process can be killed.
 * It may be started before there is an operation for it (see child-pool.ts). When the parent dies, or has not been heard of for as long as
 * its lease, it interrupts the engine and leaves: nobody would record what it does, and somebody else may hold the stack.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Preload } from "../automation/child-process.ts";
import type { FromChild, OperationRequest, ToChild } from "../automation/request.ts";
import { hideSecrets } from "../automation/redaction/process-output.ts";
import { postponeSeldomNeeded } from "../automation/postpone.ts";
import { redactAll, redactor, secretsOf } from "../automation/redact.ts";
import { Leash } from "./leash.ts";
import { stepBack } from "./step-back.ts";

stepBack();

const controller = new AbortController();
const redact = redactor(secretsOf(process.env));
hideSecrets(process, redact);
const leash = new Leash({
  onLoose: () => controller.abort(),
  // The engine is in this process's group, and does not end.
  onLost: () => process.kill(-process.pid, "SIGKILL"),
});
let working = false;

process.on("message", (message: ToChild) => {
  leash.pulled();
  if (message.type === "cancel") controller.abort();
  if (message.type === "run") {
    working = true;
    leash.hold(message.leashMs, message.graceMs);
    void settle(message.request);
  }
});
process.on("disconnect", () => {
  if (!working) process.exit(0);
  leash.letGo();
});
// The service asks over IPC; a signal to the group (a terminal's Ctrl-C) means the same.
process.on("SIGINT", () => controller.abort());
process.on("SIGTERM", () => controller.abort());

const productProgram = fileURLToPath(new URL("../../infra/program.ts", import.meta.url));
postponeSeldomNeeded();
// While nobody has asked for anything yet: loading takes most of a small operation's time.
const modules = import("../automation/run-stack.ts");
const [, , preload] = process.argv;
if (preload !== undefined) {
  void Promise.all([import("./preload.ts"), modules])
    .then(([{ warm }]) => warm(JSON.parse(preload) as Preload))
    .then(() => tell({ type: "ready" }));
}

async function settle(request: OperationRequest): Promise<void> {
  process.chdir(request.workDir);
  // What is put down for a moment (the engine's plans, a provider's files) goes with the work folder, however this process ends.
  process.env.TMPDIR = join(request.workDir, "tmp");
  mkdirSync(process.env.TMPDIR, { recursive: true });
  redact.learn(
    Object.values(request.config).flatMap(({ value, secret }) => (secret === true ? [value] : [])),
  );
  if (request.traceparent !== undefined) process.env.TRACEPARENT = request.traceparent;
  const { runStack } = await modules;
  const result = await runStack(request, {
    program: pathToFileURL(request.program ?? productProgram),
    redact,
    signal: controller.signal,
    onEvent: (event) => tell({ type: "event", event }),
    onNote: (message) => tell({ type: "note", message }),
  });
  tell({ type: "settled", result }, () => process.exit(0));
}

/** Whatever leaves this process is without secrets, even where nobody thought of it. */
function tell(message: FromChild, sent?: () => void): void {
  if (!process.connected) {
    sent?.();
    return;
  }
  process.send?.(redactAll(message, redact), undefined, undefined, () => sent?.());
}
