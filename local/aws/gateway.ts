import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AwsRequest, AwsService, Listener, Principal, Route } from "./contract.ts";
import { AwsError } from "./contract.ts";
import type { Identity } from "./identity/identity.ts";
import { asAwsError, protocolOf, sendError } from "./protocols.ts";
import { openBody, verifySignature } from "./sigv4/verify.ts";

export interface GatewayOptions {
  readonly identity: Identity;
  readonly region: string;
  /** By the credential scope's service name. */
  readonly services: Readonly<Record<string, AwsService>>;
  /** Hears of failures that are ours. */
  readonly onLog?: ((line: string) => void) | undefined;
}

const HOST = "127.0.0.1";
/** Longer than any client keeps an idle connection, so that the client closes first and no request is lost. */
const KEEP_ALIVE_MS = 75_000;
/** Services whose one endpoint serves every region: their requests are signed for us-east-1, or for ours. */
const GLOBAL = new Set(["iam", "sts"]);
/** Found by target when nobody signed, so that the refusal speaks the caller's protocol. */
const TARGETS: Readonly<Record<string, string>> = {
  AmazonSQS: "sqs",
  AmazonSSM: "ssm",
  TrentService: "kms",
  Logs_20140328: "logs",
  AmazonEC2ContainerServiceV20141113: "ecs",
};

/** One HTTP port (and more, one per route) in front of all services: verifies, finds the service, hands over. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #servers = new Set<Server>();

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Opens a listener on loopback; port 0 takes any. @throws Error when the port is taken. */
  async listen(route: Route, port = 0): Promise<Listener> {
    const server = createServer((req, res) => void this.#serve(req, res, route));
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    // An upload may take as long as it takes.
    server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(port, error)));
      server.listen(port, HOST, resolve);
    });
    this.#servers.add(server);
    const actual = (server.address() as AddressInfo).port;
    const close = () => this.#close(server);
    return { url: `http://${HOST}:${actual}`, port: actual, close };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers].map((server) => this.#close(server)));
  }

  async #close(server: Server): Promise<void> {
    if (!this.#servers.delete(server)) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  async #serve(req: IncomingMessage, res: ServerResponse, route: Route): Promise<void> {
    const requestId = randomUUID();
    res.setHeader("x-amzn-requestid", requestId);
    let service = guessService(req);
    try {
      const { request, handler } = this.#admit(req, res, route, requestId);
      service = request.service;
      await handler.handle(request);
    } catch (thrown) {
      const error = asAwsError(thrown);
      if (error.status >= 500 && !req.destroyed) this.#report(req, thrown);
      if (res.headersSent) res.destroy();
      else if (!res.destroyed) {
        const protocol = protocolOf(service, req.headers["content-type"]);
        sendError(res, service, protocol, error, requestId);
      }
    }
  }

  #admit(
    req: IncomingMessage,
    res: ServerResponse,
    route: Route,
    requestId: string,
  ): { request: AwsRequest; handler: AwsService } {
    const { identity, services } = this.#options;
    const verified = verifySignature(req, (id) => identity.find(id), identity.clock());
    const service = verified.signed?.service ?? guessService(req);
    const region = verified.signed?.region ?? this.#options.region;
    if (verified.signed === undefined && service !== "s3") throw unsigned();
    this.#checkRegion(service, region);
    const handler = Object.hasOwn(services, service) ? services[service] : undefined;
    if (handler === undefined) throw unknownService(service, req);
    const { principal, presigned } = verified;
    const { body, trailers } = openBody(req, verified);
    const url = requestUrl(req);
    const authorize = this.#authorizer(req, route, service, principal);
    const said = { service, region, req, res, url, requestId, principal, presigned };
    return { request: { ...said, body, trailers, authorize }, handler };
  }

  #authorizer(
    req: IncomingMessage,
    route: Route,
    service: string,
    principal: Principal,
  ): AwsRequest["authorize"] {
    const { identity, region } = this.#options;
    const now = identity.clock();
    const endpoint = service === "s3" ? route.endpointPolicy?.() : undefined;
    const travelled = {
      // A request through a VPC endpoint has no public address: policies that ask for one do not match.
      ...(endpoint === undefined ? { "aws:SourceIp": route.sourceAddress } : {}),
      "aws:SecureTransport": String(route.secure),
      "aws:CurrentTime": now.toISOString(),
      "aws:EpochTime": String(Math.floor(now.getTime() / 1000)),
      "aws:RequestedRegion": region,
      "aws:ResourceAccount": identity.accountId,
      ...(req.headers["user-agent"] ? { "aws:UserAgent": req.headers["user-agent"] } : {}),
      ...(req.headers.referer ? { "aws:Referer": req.headers.referer } : {}),
    };
    return (question) =>
      identity.decide(
        {
          resourceAccount: identity.accountId,
          ...question,
          principal,
          context: { ...travelled, ...question.context },
        },
        endpoint,
      );
  }

  /** S3 has its own words for a wrong region; the others call it a wrong signature. */
  #checkRegion(service: string, region: string): void {
    if (service === "s3" || region === this.#options.region) return;
    if (GLOBAL.has(service) && region === "us-east-1") return;
    throw new AwsError(
      "SignatureDoesNotMatch",
      403,
      `Credential should be scoped to a valid region, not '${region}': the local AWS is ${this.#options.region}.`,
    );
  }

  #report(req: IncomingMessage, thrown: unknown): void {
    const what = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    this.#options.onLog?.(`${req.method ?? ""} ${req.url ?? ""} failed: ${what}`);
  }
}

function requestUrl(req: IncomingMessage): URL {
  try {
    return new URL(req.url ?? "/", `http://${req.headers.host ?? HOST}`);
  } catch {
    throw new AwsError("InvalidURI", 400, "Couldn't parse the specified URI.");
  }
}

/** The service of a request whose signature says nothing, or not yet. */
function guessService(req: IncomingMessage): string {
  const scope = /Credential=[^/]+\/\d{8}\/[^/]+\/([a-z0-9-]+)\//.exec(
    req.headers.authorization ?? "",
  );
  if (scope?.[1] !== undefined) return scope[1];
  const target = String(req.headers["x-amz-target"] ?? "").split(".")[0] ?? "";
  if (TARGETS[target] !== undefined) return TARGETS[target];
  const form = req.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
  return form === true && req.method === "POST" && req.url === "/" ? "sts" : "s3";
}

function unsigned(): AwsError {
  return new AwsError("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
}

function unknownService(service: string, req: IncomingMessage): AwsError {
  const target = req.headers["x-amz-target"];
  const json = target !== undefined;
  return new AwsError(
    json ? "UnknownOperationException" : "InvalidAction",
    400,
    `The local AWS has no service "${service}"${json ? ` (${String(target)})` : ""}.`,
  );
}

function cannotListen(port: number, error: NodeJS.ErrnoException): Error {
  const why = error.code === "EADDRINUSE" ? "it is in use" : error.message;
  return new Error(`The local AWS cannot listen on ${HOST}:${port}: ${why}.`, { cause: error });
}
