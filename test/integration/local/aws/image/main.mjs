// A container that does what its command says, and tells what it was given.
import { spawn } from "node:child_process";

const [what = "serve", ...rest] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

if (what === "serve") {
  process.on("SIGTERM", () => {
    say({ said: "bye" });
    process.exit(0);
  });
  say({ said: "hello", pid: process.pid, version: process.env["VERSION"] });
  setInterval(() => undefined, 1000);
}
if (what === "deaf") {
  process.on("SIGTERM", () => say({ said: "ignored" }));
  say({ said: "hello", pid: process.pid });
  setInterval(() => undefined, 1000);
}
if (what === "exit") process.exit(Number(rest[0] ?? "0"));
if (what === "env") say({ env: process.env });
if (what === "credentials") {
  const answer = await fetch(process.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"], {
    headers: { authorization: process.env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] },
  });
  say({ credentials: await answer.json() });
}
if (what === "parent") {
  const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
  say({ said: "hello", pid: process.pid, child: child.pid });
  setInterval(() => undefined, 1000);
}
