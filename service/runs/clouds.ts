import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { z } from "zod";
import { parseLine, readText } from "../../runtime/ledger/decode.ts";
import type { LedgerEntry } from "../../runtime/ledger/entry.ts";

/** What a worker reports when the trouble is the pipeline's: the `problem` of a log line. */
const ProblemLine = z.object({
  problem: z.object({
    class: z.string(),
    action: z.string().nullish(),
    resource: z.string().nullish(),
    message: z.string().default(""),
  }),
});

export interface LoggedProblem {
  /** The log's own id of the line. */
  id: string;
  at: string;
  class: string;
  action: string | null;
  resource: string | null;
  message: string;
}

/** What a run tracker reads from the clouds. */
export interface RunSources {
  /** Messages visible, in flight and delayed. */
  waiting(queueUrl: string): Promise<number>;
  /** Keys after `startAfter`, in order. */
  ledgerKeys(bucket: string, prefix: string, startAfter: string): AsyncIterable<string>;
  /** A file of the ledger as it is stored; undefined when there is none. */
  ledgerFile(bucket: string, key: string): Promise<Buffer | undefined>;
  /** The lines of a ledger file; lines that are none are counted, not thrown. */
  entries(bucket: string, key: string): AsyncIterable<LedgerEntry | "unreadable">;
  problems(logGroup: string, fromMs: number): Promise<LoggedProblem[]>;
  /** Puts a message into a pipeline's queue, for whichever worker is free. */
  ask(queueUrl: string, message: object): Promise<void>;
  close(): void;
}

const timeout = { requestTimeout: 30_000, connectionTimeout: 5_000 };

/** The AWS services, with the operator's credentials, region and endpoint from the environment. */
export function awsSources(env: NodeJS.ProcessEnv): RunSources {
  // An endpoint of one's own has no bucket subdomains.
  const forcePathStyle =
    env.AWS_ENDPOINT_URL !== undefined || env.AWS_ENDPOINT_URL_S3 !== undefined;
  const s3 = new S3Client({ forcePathStyle, requestHandler: timeout });
  const sqs = new SQSClient({ requestHandler: timeout });
  const logs = new CloudWatchLogsClient({ requestHandler: timeout });
  return {
    waiting: (queueUrl) => waiting(sqs, queueUrl),
    ledgerKeys: (bucket, prefix, startAfter) => ledgerKeys(s3, bucket, prefix, startAfter),
    ledgerFile: (bucket, key) => ledgerFile(s3, bucket, key),
    entries: (bucket, key) => entries(s3, bucket, key),
    problems: (logGroup, fromMs) => problems(logs, logGroup, fromMs),
    ask: async (QueueUrl, message) => {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
    },
    close: () => {
      for (const client of [s3, sqs, logs]) client.destroy();
    },
  };
}

async function waiting(sqs: SQSClient, queueUrl: string): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
      ],
    }),
  );
  return Object.values(Attributes ?? {}).reduce((sum, value) => sum + Number(value), 0);
}

async function* ledgerKeys(
  s3: S3Client,
  bucket: string,
  prefix: string,
  startAfter: string,
): AsyncIterable<string> {
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        StartAfter: startAfter,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key;
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

async function* entries(
  s3: S3Client,
  bucket: string,
  key: string,
): AsyncIterable<LedgerEntry | "unreadable"> {
  const bytes = await ledgerFile(s3, bucket, key);
  if (bytes === undefined) throw new Error(`${key} is no longer in the ledger bucket ${bucket}.`);
  for (const line of (await readText(key, bytes)).split("\n")) {
    if (line.trim() !== "") yield parseLine(line) ?? "unreadable";
  }
}

async function ledgerFile(s3: S3Client, bucket: string, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

const mostProblemPages = 10;

async function problems(
  logs: CloudWatchLogsClient,
  logGroup: string,
  fromMs: number,
): Promise<LoggedProblem[]> {
  const found: LoggedProblem[] = [];
  let token: string | undefined;
  for (let page = 0; page < mostProblemPages; page += 1) {
    const answer = await logs.send(
      new FilterLogEventsCommand({
        logGroupName: logGroup,
        startTime: Math.max(0, fromMs),
        filterPattern: '"problem"',
        ...(token === undefined ? {} : { nextToken: token }),
      }),
    );
    for (const { eventId, timestamp, message } of answer.events ?? []) {
      const problem = parseProblem(message ?? "");
      if (problem === undefined) continue;
      const at = new Date(timestamp ?? fromMs).toISOString();
      found.push({ id: eventId ?? `${at} ${message ?? ""}`, at, ...problem });
    }
    token = answer.nextToken;
    if (token === undefined) break;
  }
  return found;
}

/** The problem in a log line, or undefined when the line reports none. */
export function parseProblem(line: string): Omit<LoggedProblem, "id" | "at"> | undefined {
  try {
    const { problem } = ProblemLine.parse(JSON.parse(line));
    return {
      class: problem.class,
      action: problem.action ?? null,
      resource: problem.resource ?? null,
      message: problem.message,
    };
  } catch {
    return undefined;
  }
}
