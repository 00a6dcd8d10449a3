import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Table } from "../table.ts";
import { BucketEvents } from "./bucket-events.ts";
import type { AwsService, Listener, Route } from "./contract.ts";
import { Gateway } from "./gateway.ts";
import { Identity } from "./identity/identity.ts";
import { snsService } from "./sns/service.ts";
import { Topics } from "./sns/topics.ts";
import { MoveTasks } from "./sqs/move.ts";
import { Queues } from "./sqs/queues.ts";
import { sqsService } from "./sqs/service.ts";
import { stsService } from "./sts/service.ts";

export interface LocalAwsOptions {
  /** Folder of everything that must survive a restart; a temporary one, removed at the end, when absent. */
  readonly home?: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly region?: string;
  readonly clock?: () => Date;
  readonly onLog?: (line: string) => void;
}

export const ACCOUNT_ID = "123456789012";
/** Where requests to the main listener come from: somewhere on the internet. */
export const INTERNET_ADDRESS = "198.51.100.10";

/** The embedded AWS: one account in one region, behind one port on loopback. */
export class LocalAws {
  readonly accountId = ACCOUNT_ID;
  readonly region: string;
  readonly identity: Identity;
  readonly queues: Queues;
  readonly topics: Topics;
  readonly adminCredentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly #gateway: Gateway;
  readonly #moves: MoveTasks;
  readonly #forget: () => void;
  #main: Listener | undefined;

  /** @throws Error when the port is taken or the folder cannot be read. */
  static async start(options: LocalAwsOptions): Promise<LocalAws> {
    const aws = new LocalAws(options);
    aws.#main = await aws.listen({ sourceAddress: INTERNET_ADDRESS, secure: true }, options.port);
    return aws;
  }

  private constructor(options: LocalAwsOptions) {
    const { accountId } = this;
    const { home, forget } = homeOf(options.home);
    const { clock, onLog } = options;
    const region = options.region ?? "eu-west-1";
    this.region = region;
    this.#forget = forget;
    const at = (folder: string) => join(home, folder);
    const timed = clock === undefined ? {} : { clock };
    const identity = new Identity({ home: at("iam"), accountId, ...timed });
    const queues = new Queues({ home: at("sqs"), accountId, region, identity });
    const topics = new Topics({ home: at("sns"), accountId, region, identity, queues });
    this.identity = identity;
    this.queues = queues;
    this.topics = topics;
    this.adminCredentials = identity.adminCredentials();
    this.#moves = new MoveTasks(queues, new Table(join(at("sqs"), "moves.json")));
    const services: Record<string, AwsService> = {
      sqs: sqsService({ queues, moves: this.#moves, endpoint: () => this.endpoint }),
      sns: snsService(topics, identity),
      sts: stsService(identity),
    };
    this.#gateway = new Gateway({ identity, region, services, onLog });
    new BucketEvents({ identity, queues, topics, onLog });
  }

  get endpoint(): string {
    if (this.#main === undefined) throw new Error("The local AWS is not listening yet.");
    return this.#main.url;
  }

  get port(): number {
    return Number(new URL(this.endpoint).port);
  }

  /** One more listener, for requests that travel by that route. */
  listen(route: Route, port = 0): Promise<Listener> {
    return this.#gateway.listen(route, port);
  }

  async close(): Promise<void> {
    await this.#gateway.close();
    this.#moves.close();
    this.queues.close();
    this.#forget();
  }
}

function homeOf(given: string | undefined): { home: string; forget: () => void } {
  if (given !== undefined) {
    mkdirSync(given, { recursive: true });
    return { home: given, forget: () => undefined };
  }
  const home = mkdtempSync(join(tmpdir(), "causeway-aws-"));
  return { home, forget: () => rmSync(home, { recursive: true, force: true }) };
}
