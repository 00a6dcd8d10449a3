import { createServer, type Server } from "node:http";
import type { Health } from "./health.ts";

/** GET /healthz on loopback: 200 while the worker is well or stopping, 503 when it hangs. */
export function serveHealth(
  port: number,
  health: () => Health,
  onTrouble: (error: unknown) => void,
): Server {
  const server = createServer((req, res) => {
    if (req.url !== "/healthz") {
      res.writeHead(404).end();
      return;
    }
    const now = health();
    res.writeHead(now.status === "hanging" ? 503 : 200, { "content-type": "application/json" });
    res.end(JSON.stringify(now));
  });
  server.on("error", onTrouble);
  server.listen(port, "127.0.0.1");
  server.unref();
  return server;
}
