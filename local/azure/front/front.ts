import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Agent } from "undici";
import type { Arm } from "../arm/arm.ts";
import { serveArm } from "../arm/rest.ts";
import type { ArmState } from "../arm/state.ts";
import { refusal } from "./access.ts";
import { putBlockList } from "./block-list.ts";
import { denial } from "./denial.ts";
import { sendError, StorageError } from "./errors.ts";
import type { Exchange, Reply } from "./exchange.ts";
import type { Faults, Trouble } from "./faults.ts";
import { putFromUrl } from "./from-url.ts";
import { sendReply } from "./reply.ts";
import { type BlobRequest, type FrontRoute, parseRequest } from "./request.ts";
import { forward, putBlob } from "./store.ts";
import { Upstream } from "./upstream.ts";

export type { FrontRoute } from "./request.ts";

export interface FrontListener {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface FrontOptions {
  readonly arm: Arm;
  readonly state: ArmState;
  readonly faults: Faults;
  readonly azuritePort: number;
  /** Told of every request that is refused, and why. */
  readonly onLog?: ((line: string) => void) | undefined;
}

/** What stands before Azurite: the account's own rules, the operations that Azurite lacks, ARM's REST face. */
export class Front {
  readonly #options: FrontOptions;
  readonly #upstream: Upstream;
  /** Towards copy sources. */
  readonly #outward = new Agent({ connect: { timeout: 10_000 } });
  readonly #servers = new Set<Server>();

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#upstream = new Upstream(options.azuritePort);
  }

  /** Opens a listener on loopback whose requests travelled by this route. */
  async listen(route: FrontRoute, port: number): Promise<FrontListener> {
    const server = createServer((req, res) => void this.#serve(req, res, route));
    // A client may take its time over a body; Azure's own limit is ten minutes per megabyte.
    server.requestTimeout = 0;
    // Longer than clients keep an idle connection: none meets a closed end.
    server.keepAliveTimeout = 120_000;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    this.#servers.add(server);
    const bound = (server.address() as AddressInfo).port;
    return {
      url: `http://127.0.0.1:${bound}`,
      port: bound,
      close: () => this.#closeServer(server),
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers].map((server) => this.#closeServer(server)));
    this.#upstream.close();
    await this.#outward.destroy();
  }

  async #serve(req: IncomingMessage, res: ServerResponse, route: FrontRoute): Promise<void> {
    // A caller who hangs up is noticed where its body is read, or not at all.
    req.on("error", () => undefined);
    res.on("error", () => undefined);
    if (/^\/subscriptions(?:[/?]|$)/i.test(req.url ?? "")) {
      await serveArm(this.#options.arm, this.#options.state.token, req, res);
      return;
    }
    const request = parseRequest(req);
    try {
      await this.#serveBlob(req, res, route, request);
    } catch (error) {
      const failure = error instanceof StorageError ? error : internal(error);
      this.#log(route, request, failure);
      sendError(req, res, failure);
    }
  }

  async #serveBlob(
    req: IncomingMessage,
    res: ServerResponse,
    route: FrontRoute,
    request: BlobRequest,
  ): Promise<void> {
    const row = this.#options.state.accounts.get(request.account);
    const refused = refusal(row, route, request);
    if (refused !== undefined || row === undefined) throw refused ?? internal("no account");
    const trouble = this.#options.faults.take(request);
    if (await strikes(trouble, req)) return;
    const exchange: Exchange = { req, request, route, row, upstream: this.#upstream };
    const reply = await this.#act(exchange);
    if (isDenied(reply)) {
      reply.body.resume();
      throw denial(request, new Date());
    }
    await sendReply(res, reply, trouble);
  }

  #act(exchange: Exchange): Promise<Reply> {
    switch (exchange.request.operation) {
      case "Put Blob":
        return putBlob(exchange);
      case "Put Block List":
        return putBlockList(exchange);
      case "Put Block From URL":
      case "Put Blob From URL":
      case "Copy Blob From URL":
        return putFromUrl(exchange, this.#outward);
      default:
        return forward(exchange);
    }
  }

  #log(route: FrontRoute, request: BlobRequest, error: StorageError): void {
    const { operation, account, container, blob } = request;
    const place = [account, container, blob].filter((part) => part !== "").join("/");
    this.#options.onLog?.(
      `${operation} ${place} from ${route.sourceAddress}: ${error.status} ${error.code}`,
    );
  }

  async #closeServer(server: Server): Promise<void> {
    this.#servers.delete(server);
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}

/** True when the trouble has ended the request already. */
async function strikes(trouble: Trouble | undefined, req: IncomingMessage): Promise<boolean> {
  switch (trouble?.kind) {
    case "busy": {
      const after = trouble.retryAfterSeconds;
      const headers = after === undefined ? {} : { "retry-after": String(after) };
      throw new StorageError(503, "ServerBusy", "The server is busy.", {}, headers);
    }
    case "error":
      throw new StorageError(trouble.status, trouble.code, "A fault that a test injected.");
    case "reset":
      req.socket.resetAndDestroy();
      return true;
    case "slow":
      await wait(trouble.delayMs);
      return false;
    default:
      return false;
  }
}

function isDenied({ status, headers }: Reply): boolean {
  return (
    status === 403 &&
    headers.some(
      (name, index) =>
        name.toLowerCase() === "x-ms-error-code" && headers[index + 1] === "AuthorizationFailure",
    )
  );
}

function internal(error: unknown): StorageError {
  const why = error instanceof Error ? error.message : String(error);
  return new StorageError(500, "InternalError", `The server encountered an internal error: ${why}`);
}
