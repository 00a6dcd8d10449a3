/**
 * The process of one operation: runs one engine action on one stack through the Automation API and reports over IPC.
 * It is a process of its own because the Automation API installs process-wide handlers, and because a process can be killed.
 * When the parent dies it interrupts the engine and leaves: nobody would record what it does.
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FromChild, OperationRequest, ToChild } from "../automation/request.ts";
import { redactor, secretsOf } from "../automation/redact.ts";

const controller = new AbortController();

process.on("message", (message: ToChild) => {
  if (message.type === "cancel") controller.abort();
  else void settle(message.request);
});
process.on("disconnect", () => controller.abort());
// The service asks over IPC; a signal to the group (a terminal's Ctrl-C) means the same.
process.on("SIGINT", () => controller.abort());
process.on("SIGTERM", () => controller.abort());

// The parent's request is awaited while the modules load: they take most of a small operation's time.
const modules = import("../automation/run-stack.ts");
tell({ type: "ready" });

async function settle(request: OperationRequest): Promise<void> {
  const redact = redactor([
    ...secretsOf(process.env),
    ...Object.values(request.config).flatMap(({ value, secret }) =>
      secret === true ? [value] : [],
    ),
  ]);
  const program =
    request.program ?? fileURLToPath(new URL("../../infra/program.ts", import.meta.url));
  const { runStack } = await modules;
  const result = await runStack(request, {
    program: pathToFileURL(program),
    redact,
    signal: controller.signal,
    onEvent: (event) => tell({ type: "event", event }),
  });
  tell({ type: "settled", result }, () => process.exit(0));
}

function tell(message: FromChild, sent?: () => void): void {
  if (!process.connected) {
    sent?.();
    return;
  }
  process.send?.(message, undefined, undefined, () => sent?.());
}
