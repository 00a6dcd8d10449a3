import * as pulumi from "@pulumi/pulumi";
import { stackConfig } from "../../../infra/config.ts";
import { program } from "../../../infra/program.ts";
import type { StackSettingsInput } from "../../../infra/settings.ts";

/** A resource as the program registered it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
}

export interface Deployed {
  readonly resources: readonly Registered[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Whether any output is marked as a secret. */
  readonly secret: boolean;
  /** The only resource of that type whose name contains the text. */
  one(type: string, name?: string): Registered;
  all(type: string): Registered[];
  /** The policy document in an input of a resource. */
  policy(resource: Registered, input?: string): Policy;
}

export interface Policy {
  readonly Version: string;
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: string;
    readonly Principal?: unknown;
    readonly Action: string | string[];
    readonly Resource: string | string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  }[];
}

export const ACCOUNT = "123456789012";
export const REGION = "eu-west-1";
export const SAS = "sv=2024-01-01&sr=c&sig=not-a-real-signature";

type Inputs = Readonly<Record<string, unknown>>;
const text = (inputs: Inputs, key: string) => String(inputs[key]);
const arn = (service: string, resource: string) =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** What each type's provider would add. A type that is not here makes the test fail. */
const STATES: Readonly<Record<string, (inputs: Inputs) => { id: string; [key: string]: unknown }>> =
  {
    "aws:appautoscaling/policy:Policy": (i) => ({ id: text(i, "name") }),
    "aws:appautoscaling/target:Target": (i) => ({ id: text(i, "resourceId") }),
    "aws:cloudwatch/logGroup:LogGroup": (i) => ({
      id: text(i, "name"),
      arn: arn("logs", `log-group:${text(i, "name")}`),
    }),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (i) => ({ id: text(i, "name") }),
    "aws:ec2/eip:Eip": () => ({
      id: "eipalloc-1",
      allocationId: "eipalloc-1",
      publicIp: "203.0.113.7",
    }),
    "aws:ec2/securityGroup:SecurityGroup": (i) => ({ id: `sg-${text(i, "name")}` }),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (i) => ({ id: `vpce-${text(i, "serviceName")}` }),
    "aws:ecs/cluster:Cluster": (i) => ({
      id: text(i, "name"),
      arn: arn("ecs", `cluster/${text(i, "name")}`),
    }),
    "aws:ecs/service:Service": (i) => ({ id: text(i, "name") }),
    "aws:ecs/taskDefinition:TaskDefinition": (i) => ({
      id: text(i, "family"),
      arn: arn("ecs", `task-definition/${text(i, "family")}:1`),
    }),
    "aws:iam/role:Role": (i) => ({
      id: text(i, "name"),
      arn: `arn:aws:iam::${ACCOUNT}:role/${text(i, "name")}`,
    }),
    "aws:iam/rolePolicy:RolePolicy": (i) => ({ id: `${text(i, "role")}:${text(i, "name")}` }),
    "aws:s3/bucket:Bucket": (i) => ({
      id: text(i, "bucket"),
      arn: `arn:aws:s3:::${text(i, "bucket")}`,
    }),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (i) => ({
      id: text(i, "bucket"),
    }),
    "aws:s3/bucketNotification:BucketNotification": (i) => ({ id: text(i, "bucket") }),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (i) => ({ id: text(i, "bucket") }),
    "aws:s3/bucketPolicy:BucketPolicy": (i) => ({ id: text(i, "bucket") }),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (i) => ({ id: text(i, "bucket") }),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
      i,
    ) => ({ id: text(i, "bucket") }),
    "aws:s3/bucketVersioning:BucketVersioning": (i) => ({ id: text(i, "bucket") }),
    "aws:scheduler/schedule:Schedule": (i) => ({
      id: `default/${text(i, "name")}`,
      arn: arn("scheduler", `schedule/default/${text(i, "name")}`),
    }),
    "aws:sns/topic:Topic": (i) => ({
      id: arn("sns", text(i, "name")),
      arn: arn("sns", text(i, "name")),
    }),
    "aws:sns/topicPolicy:TopicPolicy": (i) => ({ id: text(i, "arn") }),
    "aws:sns/topicSubscription:TopicSubscription": (i) => ({ id: `${text(i, "topic")}:1` }),
    "aws:sqs/queue:Queue": (i) => {
      const url = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${text(i, "name")}`;
      return { id: url, url, arn: arn("sqs", text(i, "name")) };
    },
    "aws:sqs/queuePolicy:QueuePolicy": (i) => ({ id: text(i, "queueUrl") }),
    "aws:ssm/parameter:Parameter": (i) => ({
      id: text(i, "name"),
      arn: arn("ssm", `parameter${text(i, "name")}`),
    }),
    "awsx:ec2:Vpc": () => ({
      id: "",
      vpcId: "vpc-1",
      privateSubnetIds: ["subnet-p1", "subnet-p2"],
      publicSubnetIds: ["subnet-q1", "subnet-q2"],
      routeTables: [{ id: "rtb-1" }, { id: "rtb-2" }],
    }),
    "awsx:ecr:Image": (i) => ({ id: "", imageUri: `${text(i, "repositoryUrl")}@sha256:0a0b` }),
    "awsx:ecr:Repository": (i) => ({
      id: "",
      url: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${text(i, "name")}`,
    }),
    "azure-native:resources:ResourceGroup": (i) => ({
      id: text(i, "resourceGroupName"),
      name: text(i, "resourceGroupName"),
    }),
    "azure-native:storage:BlobContainer": (i) => ({
      id: text(i, "containerName"),
      name: text(i, "containerName"),
    }),
    "azure-native:storage:StorageAccount": (i) => ({
      id: text(i, "accountName"),
      name: text(i, "accountName"),
      primaryEndpoints: { blob: `https://${text(i, "accountName")}.blob.core.windows.net/` },
    }),
  };

type Call = (inputs: Inputs) => Record<string, unknown>;
export type Calls = Readonly<Record<string, Call>>;

/** Calls that every program makes. Any other must be given by the test, or it fails. */
const CALLS: Calls = {
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({
    accountId: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:user/operator`,
  }),
  "aws:index/getRegion:getRegion": () => ({ region: REGION, id: REGION }),
  "azure-native:authorization:getClientConfig": () => ({
    subscriptionId: "00000000-0000-4000-8000-000000000001",
  }),
  "azure-native:storage:listStorageAccountServiceSAS": () => ({ serviceSasToken: SAS }),
};

/** The SDK's mocks, with a note of what is registered, and of what no test mocks. */
class Clouds implements pulumi.runtime.Mocks {
  readonly registered: Registered[] = [];
  readonly unmocked: string[] = [];
  readonly #calls: Calls;
  readonly #stacks: Readonly<Record<string, Inputs>>;

  constructor(calls: Calls, stacks: Readonly<Record<string, Inputs>>) {
    this.#calls = { ...CALLS, ...calls };
    this.#stacks = stacks;
  }

  call({ token, inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    return this.#calls[token]?.(inputs as Inputs) ?? this.#miss(`the call ${token}`);
  }

  newResource({ type, name, custom, inputs }: pulumi.runtime.MockResourceArgs) {
    if (type === "pulumi:pulumi:StackReference") {
      const outputs = this.#stacks[text(inputs as Inputs, "name")] ?? {};
      return { id: name, state: { ...(inputs as Inputs), outputs, secretOutputNames: [] } };
    }
    if (custom !== true && !type.startsWith("awsx:")) return { id: "", state: {} };
    const { id, ...state } = STATES[type]?.(inputs as Inputs) ?? this.#miss(`the type ${type}`);
    return { id, state: { ...(inputs as Inputs), ...state } };
  }

  /** Notes the options too, which mocks are not told of. */
  watch(monitor: Monitor): void {
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, callback) => {
      this.registered.push({
        type: request.getType(),
        name: request.getName(),
        inputs: pulumi.runtime.deserializeProperties(request.getObject()),
        protect: request.getProtect(),
        retainOnDelete: request.getRetainondelete(),
        ignoreChanges: request.getIgnorechangesList(),
      });
      return register(request, callback);
    };
  }

  #miss(what: string): never {
    const message = `The test does not mock ${what}.`;
    this.unmocked.push(message);
    throw new Error(message);
  }
}

interface Monitor {
  registerResource(request: RegisterRequest, callback: unknown): unknown;
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getObject(): Parameters<typeof pulumi.runtime.deserializeProperties>[0];
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getIgnorechangesList(): string[];
}

export interface DeployOptions {
  readonly now?: Date;
  readonly calls?: Calls;
  /** Outputs of other stacks, by full name. */
  readonly stacks?: Readonly<Record<string, Inputs>>;
  /** Config that `stackConfig` would refuse. */
  readonly rawConfig?: Readonly<Record<string, string>>;
}

/** Runs the program as the engine would, against the mocked clouds. Rejects as it does, and for whatever is not mocked. */
export async function deploy(
  settings: StackSettingsInput,
  options: DeployOptions = {},
): Promise<Deployed> {
  const clouds = new Clouds(options.calls ?? {}, options.stacks ?? {});
  await pulumi.runtime.setMocks(clouds, "causeway", "test");
  clouds.watch(pulumi.runtime.getMonitor() as unknown as Monitor);
  pulumi.runtime.setAllConfig({ ...(options.rawConfig ?? plain(stackConfig(settings))) });
  const now = options.now ?? new Date("2026-03-01T12:00:00Z");
  const unless = (error: unknown): never => {
    throw clouds.unmocked.length > 0 ? new Error(clouds.unmocked.join("\n")) : error;
  };
  const outputs: Inputs = await pulumi.runtime
    .runInPulumiStack(() => program(now))
    .then((made) => made as Inputs, unless);
  const resolved = await resolve(pulumi.output(outputs));
  await pulumi.runtime.disconnect().catch(unless);
  if (clouds.unmocked.length > 0) unless(undefined);
  const secret = await pulumi.isSecret(pulumi.output(outputs));
  return { ...view(clouds.registered, resolved), secret };
}

function resolve(outputs: pulumi.Output<unknown>): Promise<Inputs> {
  return new Promise((done) => {
    outputs.apply((value) => done(value as Inputs));
  });
}

function plain(config: Readonly<Record<string, { value: string }>>): Record<string, string> {
  return Object.fromEntries(Object.entries(config).map(([key, { value }]) => [key, value]));
}

function view(resources: readonly Registered[], outputs: Inputs): Omit<Deployed, "secret"> {
  const all = (type: string) => resources.filter((resource) => resource.type === type);
  return {
    resources,
    outputs,
    all,
    one(type, name = "") {
      const found = all(type).filter((resource) => resource.name.includes(name));
      const [only] = found;
      if (only === undefined || found.length > 1)
        throw new Error(`Expected one ${type} "${name}", got ${found.length}.`);
      return only;
    },
    policy: (resource, input = "policy") => JSON.parse(String(resource.inputs[input])) as Policy,
  };
}

export type PipelineInput = NonNullable<StackSettingsInput["pipeline"]>;
type CopyInput = Extract<PipelineInput["spec"], { kind: "copy" }>;

/** acme's exports, from S3 to Azure Blob, with whatever else the test wants of it. */
export function pipeline(spec: Partial<CopyInput> = {}): PipelineInput {
  return {
    tenant: "acme",
    name: "exports",
    generation: 3,
    spec: { kind: "copy", source: { type: "s3" }, targets: [{ type: "azure-blob" }], ...spec },
  };
}
