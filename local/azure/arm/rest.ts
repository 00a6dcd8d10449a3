import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { json as readJson } from "node:stream/consumers";
import type { Arm } from "./arm.ts";
import { ArmError } from "./errors.ts";
import { subscriptionId } from "./state.ts";
import {
  accountFromWire,
  accountSasFromWire,
  accountToWire,
  containerFromWire,
  containerToWire,
  type Json,
  serviceSasFromWire,
} from "./wire.ts";

interface Call {
  readonly arm: Arm;
  /** What the path's placeholders stand for, in their order. */
  readonly names: readonly string[];
  readonly body: Json;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

interface RestRoute {
  readonly method: string;
  readonly path: RegExp;
  readonly act: (call: Call) => Promise<Answer>;
}

const done: Answer = { status: 200 };

const group = "/resourceGroups/{}";
const accounts = "/providers/Microsoft.Storage/storageAccounts";
const account = `${group}${accounts}/{}`;
const blobService = `${account}/blobServices/default`;

const routes: readonly RestRoute[] = [
  route("GET", group, async ({ arm, names: [g = ""] }) => ok(await arm.getResourceGroup(g))),
  route("PUT", group, async ({ arm, names: [g = ""], body }) =>
    ok(await arm.putResourceGroup(g, body as { location: string })),
  ),
  route("DELETE", group, ({ arm, names: [g = ""] }) => arm.deleteResourceGroup(g).then(() => done)),
  route("GET", accounts, async ({ arm }) =>
    list((await arm.listStorageAccounts()).map(accountToWire)),
  ),
  route("GET", `${group}${accounts}`, async ({ arm, names: [g = ""] }) =>
    list((await arm.listStorageAccounts(g)).map(accountToWire)),
  ),
  route("GET", account, async ({ arm, names: [g = "", a = ""] }) =>
    ok(accountToWire(await arm.getStorageAccount(g, a))),
  ),
  route("PUT", account, async ({ arm, names: [g = "", a = ""], body }) =>
    ok(accountToWire(await arm.putStorageAccount(g, a, accountFromWire(body)))),
  ),
  route("PATCH", account, async ({ arm, names: [g = "", a = ""], body }) =>
    ok(accountToWire(await arm.patchStorageAccount(g, a, accountFromWire(body)))),
  ),
  route("DELETE", account, ({ arm, names: [g = "", a = ""] }) =>
    arm.deleteStorageAccount(g, a).then(() => done),
  ),
  route("POST", `${account}/listKeys`, async ({ arm, names: [g = "", a = ""] }) =>
    ok(await arm.listKeys(g, a)),
  ),
  route("POST", `${account}/regenerateKey`, async ({ arm, names: [g = "", a = ""], body }) =>
    ok(await arm.regenerateKey(g, a, String(body["keyName"]))),
  ),
  route("POST", `${account}/ListServiceSas`, async ({ arm, names: [g = "", a = ""], body }) =>
    ok({ serviceSasToken: await arm.serviceSas(g, a, serviceSasFromWire(body)) }),
  ),
  route("POST", `${account}/ListAccountSas`, async ({ arm, names: [g = "", a = ""], body }) =>
    ok({ accountSasToken: await arm.accountSas(g, a, accountSasFromWire(body)) }),
  ),
  route("GET", blobService, async ({ arm, names: [g = "", a = ""] }) =>
    ok(await arm.getBlobService(g, a)),
  ),
  route("PUT", blobService, async ({ arm, names: [g = "", a = ""], body }) =>
    ok(await arm.putBlobService(g, a, (body["properties"] ?? {}) as Json)),
  ),
  route("GET", `${blobService}/containers`, async ({ arm, names: [g = "", a = ""] }) =>
    list((await arm.listContainers(g, a)).map(containerToWire)),
  ),
  route("GET", `${blobService}/containers/{}`, async ({ arm, names: [g = "", a = "", c = ""] }) =>
    ok(containerToWire(await arm.getContainer(g, a, c))),
  ),
  ...["PUT", "PATCH"].map((method) =>
    route(
      method,
      `${blobService}/containers/{}`,
      async ({ arm, names: [g = "", a = "", c = ""], body }) =>
        ok(containerToWire(await arm.putContainer(g, a, c, containerFromWire(body)))),
    ),
  ),
  route("DELETE", `${blobService}/containers/{}`, ({ arm, names: [g = "", a = "", c = ""] }) =>
    arm.deleteContainer(g, a, c).then(() => done),
  ),
];

/**
 * ARM over HTTP on the front, so that an operator can look and change (the firewall, say) by curl:
 * `/subscriptions/ID/...?api-version=...` with the bearer token. Never rejects.
 */
export async function serveArm(
  arm: Arm,
  token: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(req.url ?? "/", "http://front");
    checkRequest(req, url, token);
    const { act, names } = findRoute(req.method ?? "GET", url.pathname);
    send(res, await act({ arm, names, body: await readBody(req) }));
  } catch (error) {
    const failure = error instanceof ArmError ? error : unexpected(error);
    const { code, message } = failure;
    send(
      res,
      { status: failure.status, body: { error: { code, message } } },
      { "x-ms-failure-cause": "gateway" },
    );
    req.resume();
  }
}

function checkRequest(req: IncomingMessage, url: URL, token: string): void {
  const authorization = req.headers.authorization;
  if (authorization === undefined) {
    throw new ArmError(
      401,
      "AuthenticationFailed",
      "Authentication failed. The 'Authorization' header is missing.",
    );
  }
  if (authorization !== `Bearer ${token}`) {
    throw new ArmError(401, "InvalidAuthenticationToken", "The access token is invalid.");
  }
  if (!url.searchParams.has("api-version")) {
    throw new ArmError(
      400,
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  }
}

function findRoute(method: string, path: string): { act: RestRoute["act"]; names: string[] } {
  const [, , subscription = "", ...rest] = path.split("/");
  if (subscription.toLowerCase() !== subscriptionId) {
    throw new ArmError(
      404,
      "SubscriptionNotFound",
      `The subscription '${subscription}' could not be found.`,
    );
  }
  for (const { method: wanted, path: pattern, act } of routes) {
    const match = wanted === method ? pattern.exec(`/${rest.join("/")}`) : null;
    if (match !== null) return { act, names: match.slice(1).map(decodeURIComponent) };
  }
  throw new ArmError(
    404,
    "InvalidResourceType",
    `The local Azure knows no ${method} of '${path}': resource groups, storage accounts, blob services and containers only.`,
  );
}

async function readBody(req: IncomingMessage): Promise<Json> {
  if (req.method !== "PUT" && req.method !== "PATCH" && req.method !== "POST") return {};
  if (Number(req.headers["content-length"] ?? 1) === 0) return {};
  const body = await readJson(req).catch((cause: unknown) => {
    throw invalidContent(cause);
  });
  if (typeof body !== "object" || body === null) throw invalidContent("not an object");
  return body as Json;
}

function invalidContent(cause: unknown): ArmError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ArmError(
    400,
    "InvalidRequestContent",
    `The request content was invalid and could not be deserialized: '${why}'.`,
  );
}

function unexpected(error: unknown): ArmError {
  const why = error instanceof Error ? error.message : String(error);
  return new ArmError(
    500,
    "InternalServerError",
    `The server encountered an internal error: ${why}`,
  );
}

function send(
  res: ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = answer.body === undefined ? "" : JSON.stringify(answer.body);
  res.writeHead(answer.status, {
    ...headers,
    "x-ms-request-id": randomUUID(),
    ...(body === "" ? {} : { "content-type": "application/json; charset=utf-8" }),
    "content-length": Buffer.byteLength(body),
  });
  res.end(body);
}

/** ARM compares paths without regard to case. */
function route(method: string, path: string, act: RestRoute["act"]): RestRoute {
  return { method, path: new RegExp(`^${path.replaceAll("{}", "([^/]+)")}/?$`, "i"), act };
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function list(value: readonly unknown[]): Answer {
  return ok({ value });
}
