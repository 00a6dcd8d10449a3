import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { freePorts } from "./free-ports.ts";
import { pythonPackages } from "./python-packages.ts";
import { until } from "./until.ts";

/** An S3 that none of us has written. awscrt lets it compute CRC-64/NVME. */
const MOTO = "5.2.5";

export interface Moto {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Starts `moto_server`, in a virtual environment of its own, on a free port of this machine. */
export async function startMoto(): Promise<Moto> {
  const bin = await pythonPackages(`moto-${MOTO}`, [`moto[s3,server]==${MOTO}`, "awscrt==0.38.1"]);
  const [port] = await freePorts(1);
  const server = spawn(join(bin, "moto_server"), ["-H", "127.0.0.1", "-p", String(port)], {
    stdio: "ignore",
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await until("moto to answer", async () => {
    if (server.exitCode !== null) throw new Error(`moto_server ended with ${server.exitCode}.`);
    try {
      return (await fetch(`${endpoint}/moto-api/`)).ok || undefined;
    } catch {
      return undefined;
    }
  });
  return {
    endpoint,
    close: async () => {
      server.kill("SIGKILL");
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    },
  };
}
