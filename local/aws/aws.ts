import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Table } from "../table.ts";
import { BucketEvents } from "./bucket-events.ts";
import type { AwsService, Egress, Listener, NetworkView, Route } from "./contract.ts";
import { CredentialsEndpoint } from "./ecs/credentials.ts";
import { Ecs } from "./ecs/ecs.ts";
import { Exits } from "./ecs/exits.ts";
import type { Images } from "./ecs/image.ts";
import { ecsService } from "./ecs/service.ts";
import { Gateway } from "./gateway.ts";
import { iamService } from "./iam/service.ts";
import { Identity } from "./identity/identity.ts";
import { Keys } from "./kms/keys.ts";
import { kmsService } from "./kms/service.ts";
import { logsService } from "./logs/service.ts";
import { LogStore } from "./logs/store.ts";
import { S3Service } from "./s3/service.ts";
import { measureWith } from "./scaling/metrics.ts";
import { Scaling } from "./scaling/scaling.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import { snsService } from "./sns/service.ts";
import { Topics } from "./sns/topics.ts";
import { MoveTasks } from "./sqs/move.ts";
import { Queues } from "./sqs/queues.ts";
import { sqsService } from "./sqs/service.ts";
import { Parameters } from "./ssm/parameters.ts";
import { ssmService } from "./ssm/service.ts";
import { stsService } from "./sts/service.ts";

export interface LocalAwsOptions {
  /** Folder of everything that must survive a restart; a temporary one, removed at the end, when absent. */
  readonly home?: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly region?: string;
  /** How traffic leaves the subnets that tasks run in. */
  readonly network: NetworkView;
  readonly images: Images;
  /** An environment value of a task as it must be for requests that leave by that way. */
  readonly translate: (egress: Egress, value: string) => Promise<string> | string;
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
  readonly parameters: Parameters;
  readonly keys: Keys;
  readonly logs: LogStore;
  readonly s3: S3Service;
  readonly ecs: Ecs;
  readonly scaling: Scaling;
  readonly scheduler: Scheduler;
  /** The root's keys: made once, kept. */
  readonly adminCredentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly #gateway: Gateway;
  readonly #moves: MoveTasks;
  readonly #forget: () => void;
  #main: Listener | undefined;

  /** @throws Error when the port is taken or the folder cannot be read. */
  static async start(options: LocalAwsOptions): Promise<LocalAws> {
    const aws = new LocalAws(options);
    const route = { sourceAddress: INTERNET_ADDRESS, secure: true };
    try {
      aws.#main = await aws.listen(route, options.port);
      await aws.ecs.start();
    } catch (error) {
      await aws.close();
      throw error;
    }
    aws.scaling.start();
    aws.scheduler.start();
    return aws;
  }

  private constructor(options: LocalAwsOptions) {
    const { accountId } = this;
    const { home, forget } = homeOf(options.home);
    const { clock = () => new Date(), onLog } = options;
    const region = options.region ?? "eu-west-1";
    const place = (folder: string) => ({ home: join(home, folder), accountId, region, clock });
    const identity = new Identity(place("iam"));
    const queues = new Queues({ ...place("sqs"), identity });
    const topics = new Topics({ ...place("sns"), identity, queues });
    const events = new BucketEvents({ identity, queues, topics, onLog });
    this.#forget = forget;
    this.region = region;
    this.identity = identity;
    this.queues = queues;
    this.topics = topics;
    this.adminCredentials = identity.adminCredentials();
    this.#moves = new MoveTasks(queues, new Table(join(home, "sqs", "moves.json")));
    this.parameters = new Parameters(place("ssm"));
    this.keys = new Keys(place("kms"));
    this.logs = new LogStore(place("logs"));
    this.s3 = new S3Service({ ...place("s3"), ...s3Events(events) });
    this.ecs = this.#makeEcs(options, place("ecs"));
    this.scaling = this.#makeScaling(options, place("scaling"));
    this.scheduler = new Scheduler({ ...place("scheduler"), identity, queues, onLog });
    this.#gateway = new Gateway({ identity, region, services: this.#services(), onLog });
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

  /** The ARNs of everything that exists and somebody made. */
  inventory(): Promise<string[]> {
    const arns = (rows: readonly { arn: string }[]) => rows.map(({ arn }) => arn);
    const { identity, topics, parameters, keys, logs, ecs, scaling, scheduler } = this;
    return Promise.resolve(
      [
        ...this.s3.inventory(),
        ...this.queues.arns(),
        ...arns(topics.topics.values()),
        ...arns(identity.roles.values()),
        ...arns(identity.users.values()),
        ...arns(identity.policies.values()),
        ...keys.living().map(({ id }) => keys.arn(id)),
        ...parameters.table.values().map(({ name }) => parameters.arn(name)),
        ...logs.groups.values().map(({ name }) => logs.arn(name)),
        ...ecs.inventory(),
        ...scaling.targets.values().map(({ resourceId }) => scaling.targetArn(resourceId)),
        ...scaling.policies.values().map((policy) => scaling.policyArn(policy)),
        ...scheduler.schedules.values().map(({ name, group }) => scheduler.arn(name, group)),
      ].sort(),
    );
  }

  /** Tasks are stopped first, while they can still reach everything. */
  async close(): Promise<void> {
    this.scaling.close();
    this.scheduler.close();
    await this.ecs.close();
    await this.#gateway.close();
    await this.s3.close();
    this.#moves.close();
    this.queues.close();
    this.#forget();
  }

  #services(): Record<string, AwsService> {
    const { identity, queues, topics } = this;
    const moves = this.#moves;
    return {
      s3: this.s3,
      iam: iamService(identity),
      sts: stsService(identity),
      sqs: sqsService({ queues, moves, endpoint: () => this.endpoint }),
      sns: snsService(topics, identity),
      ssm: ssmService(this.parameters),
      kms: kmsService({ keys: this.keys, identity }),
      logs: logsService(this.logs),
      ecs: ecsService({ store: this.ecs.store, scheduler: this.ecs.scheduler, identity }),
    };
  }

  #makeEcs(options: LocalAwsOptions, place: Place): Ecs {
    const { identity, parameters, logs } = this;
    const { network, images, translate, onLog } = options;
    const exits = new Exits(network, (route) => this.listen(route));
    const credentials = new CredentialsEndpoint(identity);
    const mainEndpoint = () => this.endpoint;
    const { region } = place;
    return new Ecs(
      place,
      { identity, parameters, logs, images, exits, credentials, region, mainEndpoint, translate },
      onLog,
    );
  }

  #makeScaling(options: LocalAwsOptions, place: Place): Scaling {
    const { ecs } = this;
    return new Scaling({
      ...place,
      measure: measureWith(this.queues, ecs.store),
      capacity: (resourceId) => ecs.desiredCount(resourceId),
      setCapacity: (resourceId, count) => ecs.setDesiredCount(resourceId, count),
      onLog: options.onLog,
    });
  }
}

interface Place {
  readonly home: string;
  readonly accountId: string;
  readonly region: string;
  readonly clock: () => Date;
}

function s3Events(events: BucketEvents) {
  return {
    notify: (notification: { destinationArn: string; bucket: string; event: string }) =>
      new Promise<void>((resolve) => {
        events.deliver(notification);
        resolve();
      }),
    validateDestination: (arn: string, bucket: string) =>
      Promise.resolve(events.maySend(arn, bucket)),
  };
}

function homeOf(given: string | undefined): { home: string; forget: () => void } {
  if (given !== undefined) {
    mkdirSync(given, { recursive: true });
    return { home: given, forget: () => undefined };
  }
  const home = mkdtempSync(join(tmpdir(), "causeway-aws-"));
  return { home, forget: () => rmSync(home, { recursive: true, force: true }) };
}
