import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { AwsError } from "../contract.ts";
import type { AwsRequest, AwsService } from "../contract.ts";
import { queryPairs, splitTarget } from "../sigv4/canonical.ts";
import { addressOf } from "./address.ts";
import { Call, hostId } from "./context.ts";
import type { Server } from "./context.ts";
import { s3Error } from "./errors.ts";
import type { BucketNotification } from "./events/announce.ts";
import { Outbox } from "./events/outbox.ts";
import { breakOff, FaultInjector } from "./faults.ts";
import type { FaultEffect } from "./faults.ts";
import { bucketArn } from "./names.ts";
import { Restoring } from "./objects/restoring.ts";
import { OPERATIONS } from "./operations.ts";
import { route } from "./routing.ts";
import type { Target } from "./routing.ts";
import { Store } from "./store.ts";
import { declared, tag } from "./xml/write.ts";

export type { BucketNotification } from "./events/announce.ts";
export type { Fault, FaultEffect } from "./faults.ts";
export { FaultInjector } from "./faults.ts";

export interface S3Options {
  /** Folder for everything that is kept; in memory when absent. */
  readonly home?: string;
  readonly accountId: string;
  readonly region: string;
  readonly clock?: () => Date;
  /** Delivers an event, after what it tells of is durable; a rejection makes it come again. */
  readonly notify: (notification: BucketNotification) => Promise<void>;
  /** Whether S3 may send a bucket's events to this ARN. */
  readonly validateDestination: (destinationArn: string, bucket: string) => Promise<boolean>;
}

/** The embedded S3: one region, one account, as many buckets as you like. */
export class S3Service implements AwsService {
  readonly faults = new FaultInjector();
  readonly restoring = new Restoring();
  readonly #server: Server;
  readonly #store: Store;
  readonly #outbox: Outbox;

  constructor(options: S3Options) {
    this.#store = new Store(options.home);
    this.#outbox = new Outbox(this.#store, options.notify);
    this.#server = {
      store: this.#store,
      accountId: options.accountId,
      region: options.region,
      faults: this.faults,
      restoring: this.restoring,
      now: options.clock ?? (() => new Date()),
      validateDestination: options.validateDestination,
    };
  }

  /** Answers one request; every error is answered too, so this never rejects. */
  async handle(request: AwsRequest): Promise<void> {
    try {
      await this.#answer(request);
    } catch (error) {
      answerError(request, error);
    }
  }

  /** The ARNs of all buckets. */
  inventory(): string[] {
    return this.#store.buckets.all().map(({ name }) => bucketArn(name));
  }

  /** Ends deliveries and closes the index; requests must have ended. */
  async close(): Promise<void> {
    this.restoring.close();
    await this.#outbox.close();
    await this.#store.close();
  }

  async #answer(request: AwsRequest): Promise<void> {
    const { req, res } = request;
    const target = addressOf(req.headers.host, req.url ?? "/");
    const operation = operationOf(request, target);
    if (operation === undefined) {
      const resource = target.key !== undefined ? "OBJECT" : target.bucket ? "BUCKET" : "SERVICE";
      throw s3Error.methodNotAllowed(req.method ?? "", resource);
    }
    checkRegion(request, operation, this.#server.region);
    const fault = this.faults.take(operation, target.bucket ?? "", target.key ?? "");
    if (fault && (await strike(fault, request))) return;
    const call = new Call(this.#server, request, target, operation, fault);
    if (fault?.kind === "lose-answer") loseAnswer(request);
    if (fault?.kind === "late-error") return answerLate(call, fault.code);
    await OPERATIONS[operation]?.(call);
    if (!res.writableEnded && !res.destroyed) res.end();
  }
}

function operationOf(request: AwsRequest, target: Target): string | undefined {
  const { req } = request;
  const query = new Map(queryPairs(splitTarget(req.url ?? "/").query));
  const copies = req.headers["x-amz-copy-source"] ?? query.get("x-amz-copy-source");
  const name = route(req.method ?? "GET", target, new Set(query.keys()), copies !== undefined);
  return name !== undefined && Object.hasOwn(OPERATIONS, name) ? name : undefined;
}

/** A bucket is served by its own region; the error names it, and SDKs follow. */
function checkRegion(request: AwsRequest, operation: string, region: string): void {
  const anywhere = ["ListBuckets", "GetBucketLocation", "HeadBucket"];
  const { principal, region: signed } = request;
  if (principal.kind === "anonymous" || principal.kind === "service") return;
  if (signed === region || signed === "" || anywhere.includes(operation)) return;
  request.res.setHeader("x-amz-bucket-region", region);
  throw new AwsError(
    "AuthorizationHeaderMalformed",
    400,
    `The authorization header is malformed; the region '${signed}' is wrong; expecting '${region}'`,
    { Region: region },
  );
}

/** Applies what a fault does before the operation; true when that was all. */
async function strike(fault: FaultEffect, { res }: AwsRequest): Promise<boolean> {
  switch (fault.kind) {
    case "error": {
      const { code, status } = fault;
      throw code === undefined
        ? s3Error.slowDown()
        : new AwsError(code, status ?? 500, `An injected fault: ${code}.`);
    }
    case "slow":
      if (fault.delayMs !== undefined) await sleep(fault.delayMs);
      return false;
    case "reset":
      if (fault.afterBytes > 0) return false;
      await breakOff(res, true);
      return true;
    case "truncate":
    case "overwrite":
    case "lose-answer":
    case "late-error":
      return false;
  }
}

/** Says 200 while it has not begun, and then that it failed: what S3 does where an operation may take minutes. */
async function answerLate(call: Call, code: string): Promise<void> {
  await finished(call.body.resume());
  const message = `An injected fault: ${code}.`;
  call.reply({ xml: declared(tag("Error", [tag("Code", code), tag("Message", message)])) });
}

/** Lets the operation run to its end, and resets the connection where the answer would go out. */
function loseAnswer({ res }: AwsRequest): void {
  res.end = () => {
    res.socket?.resetAndDestroy();
    return res;
  };
}

function answerError(request: AwsRequest, error: unknown): void {
  const { req, res, requestId } = request;
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const known = error instanceof AwsError ? error : internalError(error);
  const resource = req.url?.split("?")[0] ?? "/";
  const body = declared(
    tag("Error", [
      tag("Code", known.code),
      tag("Message", known.message),
      ...Object.entries(known.detail).map(([name, value]) => tag(name, value)),
      tag("Resource", resource),
      tag("RequestId", requestId),
      tag("HostId", hostId(requestId)),
    ]),
  );
  res.statusCode = known.status;
  res.setHeader("x-amz-request-id", requestId);
  res.setHeader("x-amz-id-2", hostId(requestId));
  res.setHeader("server", "AmazonS3");
  res.setHeader("content-type", "application/xml");
  // What is left of the body is taken in and dropped: a connection that is closed on it could lose the answer.
  if (!req.complete) res.once("finish", () => req.resume());
  if (req.method === "HEAD") res.end();
  else res.end(body);
}

/** Our own trouble: the cause is told, since whoever meets it is a developer on the same machine. */
function internalError(error: unknown): AwsError {
  const cause = error instanceof Error ? error.message : String(error);
  return new AwsError(
    "InternalError",
    500,
    `We encountered an internal error. Please try again. (${cause})`,
  );
}
