import { createServer, type Server } from "node:http";
import type { Logger } from "pino";
import { isSafe } from "../http/methods.ts";
import type { Metrics } from "./metrics.ts";

/**
 * Serves `/metrics` alone, to whoever reaches the address: a scraper then needs no token that could do more than read numbers. The
 * address is loopback unless somebody says otherwise.
 */
export function metricsServer(metrics: Metrics, log: Logger): Server {
  return createServer((request, response) => {
    const reads = isSafe(request.method ?? "");
    if (!reads || request.url?.split("?")[0] !== "/metrics") {
      response.writeHead(404, { "content-type": "text/plain" }).end("Only GET /metrics is here.\n");
      return;
    }
    metrics.exposition().then(
      (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
      (error: unknown) => {
        log.error({ err: error }, "metrics could not be told");
        response.writeHead(500).end();
      },
    );
  });
}
