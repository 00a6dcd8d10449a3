import { createServer } from "node:net";
import { statfs } from "node:fs/promises";

/** Something about this machine stands in the way of a start; the message says what and how to mend it. */
export class NotReady extends Error {
  override readonly name = "NotReady";
}

export interface Port {
  readonly what: string;
  readonly host: string;
  readonly port: number;
  /** The environment variable that moves it. */
  readonly variable: string;
}

const GIB = 1024 ** 3;

/** Refuses a disk that would run full half-way: the sample data is written four times over. */
export async function refuseFullDisk(folder: string, neededBytes = 2 * GIB): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= neededBytes) return;
  throw new NotReady(
    `Not enough room under ${folder}: ${gib(free)} GiB free, ${gib(neededBytes)} GiB needed. Free some, or choose another folder: CAUSEWAY_HOME=... npm start`,
  );
}

/** Refuses ports that somebody else listens on. Port 0 (any free one) always passes. */
export async function refuseBusyPorts(ports: readonly Port[]): Promise<void> {
  for (const { what, host, port, variable } of ports) {
    if (port === 0 || (await isFree(host, port))) continue;
    throw new NotReady(
      `Port ${port} on ${host}, wanted for ${what}, is in use by another program. Stop that, or move this: ${variable}=${port + 1000} npm start`,
    );
  }
}

async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else
        reject(
          new NotReady(`Cannot listen on ${host}:${port}: ${error.message}`, { cause: error }),
        );
    });
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(1);
}
