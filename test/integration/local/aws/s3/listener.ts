import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";

import { S3Client } from "@aws-sdk/client-s3";
import type { S3ClientConfig } from "@aws-sdk/client-s3";

import { AwsError } from "../../../../../local/aws/contract.ts";
import type { AccessQuestion, Decision, Principal } from "../../../../../local/aws/contract.ts";
import { S3Service } from "../../../../../local/aws/s3/service.ts";
import type { BucketNotification } from "../../../../../local/aws/s3/service.ts";
import { openBody, verifySignature } from "../../../../../local/aws/sigv4/verify.ts";

export const ACCOUNT = "123456789012";
export const REGION = "eu-west-1";
export const CREDENTIALS = { accessKeyId: "AKIDTEST", secretAccessKey: "secret/Key+1" };

/** Keys of another account's user. */
export const STRANGER = { accessKeyId: "AKIDSTRANGER", secretAccessKey: "other/Key+2" };

const OWNER: Principal = {
  kind: "user",
  arn: `arn:aws:iam::${ACCOUNT}:user/tester`,
  accountId: ACCOUNT,
};

const OTHER: Principal = {
  kind: "user",
  arn: "arn:aws:iam::210987654321:user/stranger",
  accountId: "210987654321",
};

export interface TestServer {
  readonly s3: S3Service;
  readonly endpoint: string;
  readonly port: number;
  /** Questions asked of the identity service so far. */
  readonly asked: AccessQuestion[];
  readonly notified: BucketNotification[];
  client(config?: Partial<S3ClientConfig>): S3Client;
  close(): Promise<void>;
}

export interface TestOptions {
  readonly home?: string;
  readonly authorize?: (question: AccessQuestion) => Decision;
  readonly notify?: (notification: BucketNotification) => Promise<void>;
  readonly validateDestination?: (destination: string) => boolean;
  readonly clock?: () => Date;
  readonly port?: number;
  /** Makes another server of it: changes what a verified request asks, or refuses it. */
  readonly unlearn?: (req: IncomingMessage) => AwsError | undefined;
}

/** Stands for the gateway: verifies signatures and lets everybody do everything unless told otherwise. */
export async function startTestServer(options: TestOptions = {}): Promise<TestServer> {
  const notified: BucketNotification[] = [];
  const asked: AccessQuestion[] = [];
  const s3 = new S3Service({
    ...(options.home === undefined ? {} : { home: options.home }),
    ...(options.clock ? { clock: options.clock } : {}),
    accountId: ACCOUNT,
    region: REGION,
    notify: async (notification) => {
      await options.notify?.(notification);
      notified.push(notification);
    },
    validateDestination: (destination) =>
      Promise.resolve(options.validateDestination?.(destination) ?? true),
  });
  const server = createServer((req, res) => void handle(s3, req, res, options, asked));
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const clients: S3Client[] = [];
  return {
    s3,
    endpoint,
    port,
    asked,
    notified,
    client: (config = {}) => {
      const client = new S3Client({
        endpoint,
        region: REGION,
        forcePathStyle: true,
        credentials: CREDENTIALS,
        maxAttempts: 1,
        ...config,
      });
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await s3.close();
    },
  };
}

async function handle(
  s3: S3Service,
  req: IncomingMessage,
  res: ServerResponse,
  options: TestOptions,
  asked: AccessQuestion[],
): Promise<void> {
  const now = options.clock?.() ?? new Date();
  const find = (id: string) => {
    const { secretAccessKey } = CREDENTIALS;
    if (id === CREDENTIALS.accessKeyId) return { secretAccessKey, principal: OWNER };
    return id === STRANGER.accessKeyId ? { ...STRANGER, principal: OTHER } : undefined;
  };
  try {
    const verified = verifySignature(req, find, now);
    const { body, trailers } = openBody(req, verified);
    const refused = options.unlearn?.(req);
    if (refused !== undefined) throw refused;
    await s3.handle({
      service: "s3",
      region: verified.signed?.region ?? "",
      req,
      res,
      url: new URL(req.url ?? "/", "http://localhost"),
      requestId: randomUUID(),
      principal: verified.principal,
      presigned: verified.presigned,
      body,
      trailers,
      authorize: (question) => {
        const whole = { principal: verified.principal, resourceAccount: ACCOUNT, ...question };
        asked.push(whole);
        return options.authorize?.(whole) ?? { allowed: true };
      },
    });
  } catch (error) {
    const known =
      error instanceof AwsError ? error : new AwsError("InternalError", 500, String(error));
    res.statusCode = known.status;
    res.end(`<Error><Code>${known.code}</Code><Message>${known.message}</Message></Error>`);
  }
}
