/**
 * What `pulumi preview` and `pulumi up` are with the stock language host, where there is none (it has no Go module to build it from): a
 * fresh process that serves the program to a fresh engine, which asks for it with --client. As with the stock host, the program is loaded
 * when the engine runs it. Nothing else: no Automation API, no outputs read afterwards, no service.
 *
 * `node cli-peer.ts PULUMI EVENTS ACTION STACK [options of pulumi]`, in a folder with Pulumi.yaml and the stack's settings.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as grpc from "@grpc/grpc-js";
// The package has no types for it.
import * as automation from "@pulumi/pulumi/automation/server.js";
import langrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";

const [pulumi = "", events = "", action = "", stack = "", ...options] = process.argv.slice(2);

const { LanguageServer } = automation as unknown as {
  LanguageServer: new (program: () => Promise<unknown>) => object;
};
const language = new LanguageServer(async () => {
  const { program } = await import("../../../infra/program.ts");
  return program();
});
const server = new grpc.Server();
server.addService(langrpc.LanguageRuntimeService, language as never);
const port = await new Promise<number>((resolve, reject) => {
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
    if (error === null) resolve(bound);
    else reject(error);
  });
});
const engine = spawn(
  pulumi,
  [
    ...[action, "--stack", stack, "--non-interactive", "--color", "never"],
    ...["--client", `127.0.0.1:${port}`, "--event-log", events, ...options],
  ],
  { stdio: "inherit" },
);
const [code] = (await once(engine, "exit")) as [number | null];
process.exit(code ?? 1);
