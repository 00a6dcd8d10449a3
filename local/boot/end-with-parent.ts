import { isMainThread } from "node:worker_threads";

// Loaded before the service (node --import): our end of its standard input closes when we are gone, however we
// went, and a service without its clouds would only hold the port against the next start. Its threads load
// this too, and have no such input.
if (isMainThread) {
  process.stdin.on("close", () => process.kill(process.pid, "SIGTERM"));
  process.stdin.resume();
  process.stdin.unref();
}
