import { createServer, type AddressInfo } from "node:net";

/** Ports on loopback that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  // All are held until all are known, so that no port is handed out twice.
  await Promise.all(
    servers.map(
      (server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve())),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
  return ports;
}
