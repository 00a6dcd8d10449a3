import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { Control } from "./control-client.ts";
import type { Ports } from "./stub/main.ts";

/** The stubs in a process of their own on core 0. */
export class Rig {
  readonly ports: Ports;
  readonly control: Control;
  readonly #stop: () => Promise<void>;

  private constructor(ports: Ports, stop: () => Promise<void>) {
    this.ports = ports;
    this.control = new Control(ports.control);
    this.#stop = stop;
  }

  static async start(): Promise<Rig> {
    const main = fileURLToPath(new URL("stub/main.ts", import.meta.url));
    const pinned = cpus().length > 1 ? ["taskset", "-c", "0"] : [];
    const child = spawn("env", [...pinned, process.execPath, main], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const end = () => child.kill("SIGTERM");
    process.once("exit", end);
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    while (!text.includes("\n")) {
      await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
      if (child.exitCode !== null) throw new Error("The stubs did not start.");
    }
    return new Rig(JSON.parse(text) as Ports, async () => {
      process.off("exit", end);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    });
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  get s3Endpoint(): string {
    return `http://127.0.0.1:${this.ports.s3}`;
  }

  get blobEndpoint(): string {
    return `http://127.0.0.1:${this.ports.blob}/devstoreaccount1`;
  }
}

export const SAS = "sv=2023-11-03&sr=c&sp=rwdlac&se=2099-01-01T00:00:00Z&sig=cmln";
export const AWS = {
  AWS_ACCESS_KEY_ID: "rig",
  AWS_SECRET_ACCESS_KEY: "rigsecret",
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
};
