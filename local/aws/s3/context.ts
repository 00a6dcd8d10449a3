import type { Readable } from "node:stream";

import type { AwsRequest, Decision, PolicyDocument } from "../contract.ts";
import { queryPairs, splitTarget } from "../sigv4/canonical.ts";
import { checkPayer } from "./access/payer.ts";
import { denialsOf, publicPolicy, restrictsPublicBuckets } from "./access/public.ts";
import { s3Error } from "./errors.ts";
import type { FaultEffect, FaultInjector } from "./faults.ts";
import type { Bucket } from "./index/buckets.ts";
import { bucketArn, objectArn } from "./names.ts";
import type { Restoring } from "./objects/restoring.ts";
import type { Target } from "./routing.ts";
import type { Store } from "./store.ts";

/** What every operation of one server shares. */
export interface Server {
  readonly store: Store;
  readonly accountId: string;
  readonly region: string;
  readonly faults: FaultInjector;
  readonly restoring: Restoring;
  now(): Date;
  /** Whether S3 may send a bucket's events there. */
  validateDestination(destination: string, bucket: string): Promise<boolean>;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly xml?: string;
  /** A body that is not XML. */
  readonly text?: { readonly type: string; readonly body: string };
}

/** Documents and policies are small; a larger body is a mistake. */
const MAX_DOCUMENT = 2 * 1024 * 1024;

/** One request on its way through an operation. */
export class Call {
  readonly server: Server;
  readonly request: AwsRequest;
  readonly operation: string;
  readonly fault: FaultEffect | undefined;
  readonly query: ReadonlyMap<string, string>;
  readonly #target: Target;
  readonly #headers: ReadonlyMap<string, string>;

  constructor(
    server: Server,
    request: AwsRequest,
    target: Target,
    operation: string,
    fault?: FaultEffect,
  ) {
    this.server = server;
    this.request = request;
    this.operation = operation;
    this.fault = fault;
    this.#target = target;
    this.query = new Map(queryPairs(splitTarget(request.req.url ?? "").query));
    this.#headers = headersOf(request, this.query);
  }

  get store(): Store {
    return this.server.store;
  }

  get body(): Readable {
    return this.request.body;
  }

  get bucketName(): string {
    return this.#target.bucket ?? "";
  }

  get key(): string {
    return this.#target.key ?? "";
  }

  /** The ARN of what the request is about. */
  get resource(): string {
    return this.#target.key === undefined
      ? bucketArn(this.bucketName)
      : objectArn(this.bucketName, this.key);
  }

  readonly header = (name: string): string | undefined => this.#headers.get(name);

  /** All headers whose name starts with a prefix, without it. */
  headersUnder(prefix: string): Record<string, string> {
    const found = [...this.#headers].filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
  }

  /** The bucket of the request, which must exist and belong to whom the client expects. */
  bucket(): Bucket {
    const expected = this.header("x-amz-expected-bucket-owner");
    const bucket = this.bucketNamed(this.bucketName);
    if (expected !== undefined && expected !== this.server.accountId) throw s3Error.accessDenied();
    return bucket;
  }

  bucketNamed(name: string): Bucket {
    const bucket = this.store.buckets.find(name);
    if (!bucket) throw s3Error.noSuchBucket(name);
    checkPayer(this, name);
    return bucket;
  }

  /** Asks whether the principal may do this; the bucket's own policy has its say. */
  decide(
    action: string,
    resource: string,
    context: Record<string, string | string[]> = {},
  ): Decision {
    const bucket = resource.replace(/^arn:aws:s3:::/, "").split("/", 1)[0] ?? "";
    const policy = this.policyFor(bucket);
    return this.request.authorize({
      action,
      resource,
      ...(policy ? { resourcePolicy: policy } : {}),
      context: { ...this.#context(), ...context },
    });
  }

  /** @throws AccessDenied, worded as AWS words it */
  allow(action: string, resource: string, context?: Record<string, string | string[]>): void {
    const decision = this.decide(action, resource, context);
    if (!decision.allowed) throw s3Error.accessDenied(decision.message);
  }

  /** The bucket's policy as far as it counts: a public one admits no stranger where public access is restricted. */
  policyFor(bucket: string): PolicyDocument | undefined {
    const text = this.store.buckets.setting(bucket, "policy");
    if (text === undefined) return undefined;
    const policy = JSON.parse(text) as PolicyDocument;
    const stranger = this.request.principal.accountId !== this.server.accountId;
    const service = this.request.principal.kind === "service";
    const restricted = stranger && !service && restrictsPublicBuckets(this.store.buckets, bucket);
    return restricted && publicPolicy(policy) ? denialsOf(policy) : policy;
  }

  /** Reads a small body whole. */
  async readText(): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_DOCUMENT) throw s3Error.malformedXml();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  reply({ status = 200, headers = {}, xml, text }: Reply): void {
    const { res } = this.request;
    const body = Buffer.from(xml ?? text?.body ?? "");
    const type = xml === undefined ? text?.type : "application/xml";
    this.writeHead(status, {
      ...headers,
      ...(type === undefined ? {} : { "content-type": type }),
      ...(status === 204 || status === 304 ? {} : { "content-length": String(body.length) }),
    });
    res.end(this.request.req.method === "HEAD" ? undefined : body);
  }

  writeHead(status: number, headers: Readonly<Record<string, string | undefined>>): void {
    const { res } = this.request;
    res.statusCode = status;
    res.setHeader("x-amz-request-id", this.request.requestId);
    res.setHeader("x-amz-id-2", hostId(this.request.requestId));
    res.setHeader("server", "AmazonS3");
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) res.setHeader(name, value);
    }
  }

  /** What conditions in policies may refer to. */
  #context(): Record<string, string | string[]> {
    const context: Record<string, string | string[]> = {};
    for (const name of CONTEXT_HEADERS) {
      const value = this.header(name);
      if (value !== undefined) context[`s3:${name}`] = value;
    }
    const versionId = this.query.get("versionId");
    if (versionId !== undefined) context["s3:VersionId"] = versionId;
    if (this.request.principal.kind !== "anonymous") {
      context["s3:signatureversion"] = "AWS4-HMAC-SHA256";
      context["s3:authType"] = this.request.presigned ? "REST-QUERY-STRING" : "REST-HEADER";
    }
    return context;
  }
}

const CONTEXT_HEADERS = [
  "if-match",
  "if-none-match",
  "x-amz-acl",
  "x-amz-content-sha256",
  "x-amz-copy-source",
  "x-amz-metadata-directive",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-storage-class",
];

/** Headers carry UTF-8 bytes; a presigned request may carry x-amz headers in its query. */
function headersOf(
  request: AwsRequest,
  query: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  if (request.presigned) {
    for (const [name, value] of query) {
      if (/^x-amz-/i.test(name)) headers.set(name.toLowerCase(), value);
    }
  }
  for (const [name, value] of Object.entries(request.req.headers)) {
    const text = Array.isArray(value) ? value.join(", ") : (value ?? "");
    headers.set(name, Buffer.from(text, "latin1").toString("utf8"));
  }
  return headers;
}

/** The second id of S3's answers; says nothing, is stable for a request. */
export function hostId(requestId: string): string {
  return Buffer.from(`causeway ${requestId}`).toString("base64");
}
