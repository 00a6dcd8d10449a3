import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SetupError } from "../errors.ts";

export interface Address {
  host: string;
  port: number;
}

/** @throws SetupError `port-in-use`, `address-not-ours` ... */
export function listen(server: Server, { host, port }: Address): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)));
    server.listen(port, host, () => {
      const { port: bound } = server.address() as AddressInfo;
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${bound}`);
    });
  });
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): SetupError {
  const subject = `${host}:${port}`;
  const known: Record<string, [string, string, string]> = {
    EADDRINUSE: [
      "port-in-use",
      `Another program listens on ${subject}.`,
      "Stop it, or set PORT to a free port.",
    ],
    EADDRNOTAVAIL: [
      "address-not-ours",
      `${host} is no address of this machine.`,
      "Set CAUSEWAY_HOST to 127.0.0.1 or to an address that `ip addr` lists.",
    ],
    EACCES: ["port-forbidden", `${subject} needs more rights.`, "Set PORT to 1024 or above."],
  };
  const [code, message, remedy] = known[error.code ?? ""] ?? [
    "cannot-listen",
    `The service cannot listen on ${subject}: ${error.message}.`,
    "Check CAUSEWAY_HOST and PORT.",
  ];
  return new SetupError({ code, subject, message, remedy, cause: error });
}

/** Requests under way may end; connections that only wait (and streams that never end) are closed after a moment. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), 1_000);
  await closed;
  clearTimeout(cut);
}
