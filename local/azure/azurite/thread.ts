import { createRequire } from "node:module";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { keepSaved } from "./keep-saved.ts";
import type {
  AzuriteServer,
  ExpressApp,
  ThreadReply,
  ThreadRequest,
  ThreadSettings,
} from "./protocol.ts";
import { replaceChecksums } from "./replace-checksums.ts";
import { replaceCreateBlob } from "./replace-create-blob.ts";
import { replaceStreamPipe } from "./replace-stream-pipe.ts";
import { withoutTelemetry } from "./without-telemetry.ts";

/**
 * The thread that Azurite runs in, so that its work (it is CPU bound) leaves the main event loop free.
 * Azurite has no API of its own: the server class is what its command line builds.
 */
const require = createRequire(import.meta.url);
const port = parentPort;
if (port === null) throw new Error("azurite/thread.ts runs as a worker thread only");

const settings = workerData as ThreadSettings;
const server = createServer(settings);
const saving = settings.home === undefined ? undefined : keepSaved(server);

port.on("message", (request: ThreadRequest) => {
  void answer(request).then((reply) => {
    port.postMessage(reply);
    if (request.kind === "close") port.close();
  });
});

async function answer(request: ThreadRequest): Promise<ThreadReply> {
  try {
    switch (request.kind) {
      case "start":
        setAccounts(request.accounts);
        await server.start();
        return { id: request.id, address: server.getHttpServerAddress() };
      case "accounts":
        setAccounts(request.accounts);
        return { id: request.id };
      case "flush":
        await saving?.flush();
        return { id: request.id };
      case "close":
        saving?.stop();
        await server.close();
        return { id: request.id };
    }
  } catch (error) {
    return { id: request.id, failure: error instanceof Error ? error.message : String(error) };
  }
}

/** Azurite reads its accounts from the environment once a minute; refresh makes a change count at once. */
function setAccounts(accounts: string): void {
  process.env["AZURITE_ACCOUNTS"] = accounts;
  server.accountDataStore.refresh();
}

function createServer({ home }: ThreadSettings): AzuriteServer {
  withoutTelemetry(require);
  const { default: BlobServer } = require("azurite/dist/src/blob/BlobServer.js") as {
    default: new (configuration: unknown) => AzuriteServer;
  };
  const { default: BlobConfiguration } = require("azurite/dist/src/blob/BlobConfiguration.js") as {
    default: new (...options: unknown[]) => unknown;
  };
  const folder = home ?? "";
  const created = new BlobServer(
    new BlobConfiguration(
      "127.0.0.1",
      0,
      // Longer than any pause of the front's, whose keep-alive connections must never meet a closed end.
      3600,
      join(folder, "blobs.json"),
      join(folder, "extents.json"),
      [{ locationId: "Default", locationPath: join(folder, "extents"), maxConcurrency: 50 }],
      false, // access log
      undefined,
      false, // debug log
      undefined,
      false, // loose: unsupported headers are refused, not ignored
      true, // skip the API version check: a newer SDK is not an error of the caller's
      "",
      "",
      "",
      undefined, // OAuth
      true, // the account is in the path, never in the host name
      home === undefined,
    ),
  );
  created.httpServer.requestTimeout = 0;
  const [app] = created.httpServer.listeners("request") as unknown as [ExpressApp];
  // Only the front connects, and it says by X-Forwarded-Proto whether the caller came by TLS.
  app.set("trust proxy", true);
  replaceChecksums(require);
  replaceStreamPipe(created);
  replaceCreateBlob(created);
  return created;
}
