import assert from "node:assert/strict";
import { CopyJob } from "../../../runtime/job.ts";
import { deploy, pipeline, SAS, type Deployed, type Registered } from "./clouds.ts";

const FOUNDATION = { environment: "dev", foundation: {} } as const;
const PIPELINE = pipeline();
const MIRROR = pipeline({
  source: { type: "s3", prefix: "in/my files/" },
  targets: [{ type: "azure-blob", name: "landing", container: "landing", prefix: "from-aws/" }],
  deletes: { mode: "mirror", cap: 100 },
  filter: { include: ["**/*.csv"], maxSize: "1GiB" },
  limits: { workers: { min: 0, max: 9 } },
  notify: { emails: ["ops@example.com", "data@example.com"] },
});

/** The pipeline's own among resources that the foundation has too. */
const own = (deployed: Deployed, type: string) =>
  deployed.all(type).filter((resource) => resource.name.includes("acme--exports"));

function job(deployed: Deployed): CopyJob {
  const [container] = containers(deployed);
  const environment = container?.["environment"] as { name: string; value: string }[];
  return CopyJob.parse(
    JSON.parse(environment.find(({ name }) => name === "CAUSEWAY_JOB")?.value ?? ""),
  );
}

function containers(deployed: Deployed): Record<string, unknown>[] {
  const task = deployed.one("aws:ecs/taskDefinition:TaskDefinition");
  return JSON.parse(String(task.inputs["containerDefinitions"])) as Record<string, unknown>[];
}

describe("A copy pipeline", () => {
  let plain: Deployed;
  let mirror: Deployed;
  before(async () => {
    plain = await deploy({ ...FOUNDATION, pipeline: PIPELINE });
    mirror = await deploy({ ...FOUNDATION, pipeline: MIRROR });
  });

  it("names every action and every resource of its worker's role, with no `*` but at the end of a prefix of its own", () => {
    for (const deployed of [plain, mirror]) {
      const { Statement } = deployed.policy(
        deployed.one("aws:iam/rolePolicy:RolePolicy", "worker"),
      );
      for (const { Effect, Action, Resource } of Statement) {
        assert.equal(Effect, "Allow");
        for (const action of [Action].flat()) assert.match(action, /^[a-z0-9]+:[A-Za-z]+$/);
        for (const resource of [Resource].flat())
          assert.match(resource, /^arn:aws:[^*]*(acme|ledger)[^*]*\/?\*?$/);
      }
    }
  });

  it("lets its worker do what the runtime does, and nothing else (AccessDenied at run time, or too much)", () => {
    const { Statement } = mirror.policy(mirror.one("aws:iam/rolePolicy:RolePolicy", "worker"));
    const account = "eu-west-1:123456789012";
    const bucket = String(own(mirror, "aws:s3/bucket:Bucket")[0]?.inputs["bucket"]);
    const ledger = String(mirror.outputs["ledgerBucket"]);
    assert.deepEqual(
      Statement.map(({ Action, Resource }) => [Action, Resource]),
      [
        [["s3:GetObject", "s3:GetObjectVersion"], `arn:aws:s3:::${bucket}/in/my files/*`],
        ["s3:ListBucket", `arn:aws:s3:::${bucket}`],
        [
          ["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"],
          `arn:aws:sqs:${account}:cw-dev--acme--exports`,
        ],
        ["sqs:SendMessage", `arn:aws:sqs:${account}:cw-dev--acme--exports`],
        ["sqs:SendMessage", `arn:aws:sqs:${account}:cw-dev--acme--exports--dead`],
        [["s3:PutObject", "s3:GetObject"], `arn:aws:s3:::${ledger}/ledger/acme/exports/*`],
        ["s3:ListBucket", `arn:aws:s3:::${ledger}`],
        ["s3:DeleteObject", `arn:aws:s3:::${ledger}/ledger/acme/exports/pace/*`],
        [
          "ssm:GetParameter",
          [`arn:aws:ssm:${account}:parameter/causeway/dev/acme/exports/landing/sas`],
        ],
      ],
    );
  });

  it("lets its worker list its own part of the ledger's bucket only (others keep theirs there)", () => {
    const { Statement } = plain.policy(plain.one("aws:iam/rolePolicy:RolePolicy", "worker"));
    const list = Statement.find(({ Sid }) => Sid === "ListLedger");
    assert.deepEqual(list?.Condition, {
      StringLike: { "s3:prefix": "ledger/acme/exports/*" },
    });
  });

  it("admits to its queue that bucket of that account only, and TLS only (anyone's bucket could send otherwise)", () => {
    const [main] = plain
      .all("aws:sqs/queuePolicy:QueuePolicy")
      .filter(({ name }) => !name.endsWith("dead"));
    const { Statement } = plain.policy(main!);
    const bucket = String(plain.outputs["sourceBucket"]);
    assert.deepEqual(Statement[0], {
      Sid: "BucketEvents",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: "arn:aws:sqs:eu-west-1:123456789012:cw-dev--acme--exports",
      Condition: {
        ArnEquals: { "aws:SourceArn": `arn:aws:s3:::${bucket}` },
        StringEquals: { "aws:SourceAccount": "123456789012" },
      },
    });
    for (const queue of plain.all("aws:sqs/queuePolicy:QueuePolicy")) {
      const denies = plain.policy(queue).Statement.filter(({ Effect }) => Effect === "Deny");
      assert.deepEqual(
        denies.map(({ Condition }) => Condition),
        [{ Bool: { "aws:SecureTransport": "false" } }],
        queue.name,
      );
    }
  });

  it("gives up a hint after five tries into a queue that takes from no other", () => {
    const queues = plain.all("aws:sqs/queue:Queue");
    const dead = queues.find(({ name }) => name.endsWith("--dead"));
    const main = queues.find(({ name }) => !name.endsWith("--dead"));
    assert.deepEqual(JSON.parse(String(main?.inputs["redrivePolicy"])), {
      deadLetterTargetArn: "arn:aws:sqs:eu-west-1:123456789012:cw-dev--acme--exports--dead",
      maxReceiveCount: 5,
    });
    assert.deepEqual(JSON.parse(String(dead?.inputs["redriveAllowPolicy"])), {
      redrivePermission: "byQueue",
      sourceQueueArns: ["arn:aws:sqs:eu-west-1:123456789012:cw-dev--acme--exports"],
    });
    for (const queue of queues) {
      assert.equal(queue.inputs["messageRetentionSeconds"], 1_209_600);
      assert.equal(queue.inputs["sqsManagedSseEnabled"], true);
    }
  });

  it("hears of what appears, and of deletions only when it mirrors them", () => {
    const events = (deployed: Deployed) =>
      deployed.one("aws:s3/bucketNotification:BucketNotification").inputs["queues"] as Record<
        string,
        unknown
      >[];
    assert.deepEqual(events(plain)[0]?.["events"], [
      "s3:ObjectCreated:*",
      "s3:ObjectRestore:Completed",
    ]);
    assert.equal(events(plain)[0]?.["filterPrefix"], undefined);
    assert.deepEqual(events(mirror)[0]?.["events"], [
      "s3:ObjectCreated:*",
      "s3:ObjectRestore:Completed",
      "s3:ObjectRemoved:*",
      "s3:LifecycleExpiration:*",
    ]);
    // S3 compares the encoded key: with a bare space no event would ever come.
    assert.equal(events(mirror)[0]?.["filterPrefix"], "in/my+files/");
  });

  it("keeps versions in its bucket, so that reads can be pinned to one", () => {
    const versioning = own(plain, "aws:s3/bucketVersioning:BucketVersioning")[0];
    assert.deepEqual(versioning?.inputs["versioningConfiguration"], { status: "Enabled" });
    const [rule] = own(plain, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")[0]
      ?.inputs["rules"] as Record<string, unknown>[];
    assert.deepEqual(rule?.["noncurrentVersionExpiration"], { noncurrentDays: 7 });
    assert.deepEqual(rule["abortIncompleteMultipartUpload"], { daysAfterInitiation: 7 });
  });

  it("asks for a SAS of one container that cannot delete unless deletions are mirrored, by HTTPS, for two epochs", async () => {
    const asked: Readonly<Record<string, unknown>>[] = [];
    const calls = {
      "azure-native:storage:listStorageAccountServiceSAS": (
        inputs: Readonly<Record<string, unknown>>,
      ) => {
        asked.push(inputs);
        return { serviceSasToken: SAS };
      },
    };
    await deploy({ ...FOUNDATION, pipeline: PIPELINE, sasAnchor: "2026-03-01" }, { calls });
    await deploy({ ...FOUNDATION, pipeline: MIRROR, sasAnchor: "2026-03-01" }, { calls });
    assert.deepEqual(
      asked.map((inputs) => inputs["permissions"]),
      ["racwl", "racwdl"],
    );
    for (const inputs of asked) {
      assert.equal(inputs["resource"], "c");
      assert.equal(inputs["protocols"], "https");
      assert.equal(inputs["sharedAccessExpiryTime"], "2026-04-30T00:00:00Z");
      assert.equal(inputs["sharedAccessStartTime"], undefined);
    }
    assert.match(
      String(asked[1]?.["canonicalizedResource"]),
      /^\/blob\/cwdev[a-z0-9]{12}\/landing$/,
    );
  });

  it("keeps the SAS a secret wherever it goes: one parameter, no output, no task definition", () => {
    const holders = plain.resources.filter(({ inputs }) => JSON.stringify(inputs).includes(SAS));
    assert.deepEqual(
      holders.map(({ type }) => type),
      ["aws:ssm/parameter:Parameter"],
    );
    const [parameter] = holders;
    assert.equal(parameter?.inputs["type"], "SecureString");
    assert.equal(parameter.inputs["name"], "/causeway/dev/acme/exports/azure/sas");
    // The SDK's mark of a secret; without it the state file and every diff would show the token.
    assert.ok(
      Object.keys(parameter.inputs["value"] as object).includes("4dabf18193072939515e22adb298388d"),
    );
    assert.equal(plain.secret, false);
    assert.doesNotMatch(JSON.stringify(plain.outputs), /sig=/);
  });

  it("tells its worker a job that the runtime takes", () => {
    const told = job(mirror);
    assert.equal(told.generation, 3);
    assert.equal(told.source.bucket, mirror.outputs["sourceBucket"]);
    assert.deepEqual(told.deletes, { mode: "mirror", cap: { count: 100 } });
    assert.deepEqual(told.filter, { include: ["**/*.csv"], exclude: [], maxSize: 1_073_741_824 });
    assert.deepEqual(told.targets, [
      {
        name: "landing",
        type: "azure-blob",
        account: mirror.outputs["storageAccount"],
        endpoint: mirror.outputs["blobEndpoint"],
        container: "landing",
        prefix: "from-aws/",
        sasParameter: "/causeway/dev/acme/exports/landing/sas",
      },
    ]);
    assert.equal(job(plain).filter, undefined);
    assert.equal(told.by, "auto");
  });

  it("runs its worker as nobody, read-only, with time to end, in private subnets", () => {
    const [container] = containers(plain);
    assert.equal(container?.["readonlyRootFilesystem"], true);
    assert.match(String(container["user"]), /^[1-9]\d*:[1-9]\d*$/);
    assert.equal(container["stopTimeout"], 120);
    const service = plain.one("aws:ecs/service:Service");
    assert.deepEqual(service.inputs["networkConfiguration"], {
      subnets: ["subnet-p1", "subnet-p2"],
      securityGroups: ["sg-cw-dev--vpc-workers"],
      assignPublicIp: false,
    });
    assert.deepEqual(service.inputs["deploymentCircuitBreaker"], { enable: true, rollback: true });
  });

  it("starts with one worker, so that an object arrives in seconds, and leaves the count to scaling afterwards", () => {
    const service = plain.one("aws:ecs/service:Service");
    assert.equal(service.inputs["desiredCount"], 1);
    assert.deepEqual(service.ignoreChanges, ["desiredCount"]);
    const bounds = (deployed: Deployed) => {
      const { minCapacity, maxCapacity } = deployed.one("aws:appautoscaling/target:Target").inputs;
      return [minCapacity, maxCapacity];
    };
    assert.deepEqual(
      [bounds(plain), bounds(mirror)],
      [
        [1, 4],
        [0, 9],
      ],
    );
  });

  it("scales on backlog per worker, and on the backlog alone while no worker runs (a division by nothing would never wake it)", () => {
    const policy = plain.one("aws:appautoscaling/policy:Policy").inputs[
      "targetTrackingScalingPolicyConfiguration"
    ];
    const { metrics } = (
      policy as { customizedMetricSpecification: { metrics: Record<string, unknown>[] } }
    ).customizedMetricSpecification;
    const data = metrics.filter((metric) => metric["returnData"] === true);
    assert.deepEqual(
      data.map((metric) => metric["expression"]),
      ["IF(FILL(workers, 0) > 0, backlog / workers, backlog)"],
    );
    assert.deepEqual(
      metrics.map((metric) => metric["id"]),
      ["backlog", "workers", "backlog_per_worker"],
    );
    assert.equal(
      plain.one("aws:appautoscaling/target:Target").inputs["resourceId"],
      "service/cw-dev--workers/cw-dev--acme--exports",
    );
  });

  it("raises an alarm for what was given up and for what nobody takes", () => {
    const watched = plain
      .all("aws:cloudwatch/metricAlarm:MetricAlarm")
      .map(({ inputs }) => [
        inputs["metricName"],
        (inputs["dimensions"] as Record<string, unknown>)["QueueName"],
        inputs["threshold"],
      ]);
    assert.deepEqual(watched.sort(), [
      ["ApproximateAgeOfOldestMessage", "cw-dev--acme--exports", 900],
      ["ApproximateNumberOfMessagesVisible", "cw-dev--acme--exports--dead", 0],
    ]);
  });

  it("mails its alarms to whom the spec names, and makes no topic for nobody", () => {
    assert.equal(plain.all("aws:sns/topic:Topic").length, 0);
    const subscriptions = mirror.all("aws:sns/topicSubscription:TopicSubscription");
    assert.deepEqual(
      subscriptions.map(({ inputs }) => inputs["endpoint"]),
      ["ops@example.com", "data@example.com"],
    );
    const topic = "arn:aws:sns:eu-west-1:123456789012:cw-dev--acme--exports--alarms";
    for (const alarm of mirror.all("aws:cloudwatch/metricAlarm:MetricAlarm")) {
      assert.deepEqual(alarm.inputs["alarmActions"], [topic]);
    }
  });

  it("carries its owner's tags on everything that has tags", () => {
    const UNTAGGED =
      /^aws:(s3\/bucket[A-Z]|sqs\/queuePolicy|iam\/rolePolicy|appautoscaling\/policy|sns\/topic(Policy|Subscription))|^awsx:ecr:Image|^azure-native:storage:BlobContainer|^pulumi:|^causeway:/;
    const bare = (resource: Registered) => !("tags" in resource.inputs);
    assert.deepEqual(
      mirror.resources.filter((resource) => bare(resource) && !UNTAGGED.test(resource.type)),
      [],
    );
    const tags = own(mirror, "aws:sqs/queue:Queue").map(({ inputs }) => inputs["tags"]);
    for (const each of tags) {
      assert.deepEqual(each, {
        "causeway:environment": "dev",
        "causeway:managed-by": "causeway",
        "causeway:tenant": "acme",
        "causeway:pipeline": "exports",
      });
    }
  });

  it("keeps its bucket and container when destroyed where data is to be kept", async () => {
    const kept = await deploy({ ...FOUNDATION, pipeline: PIPELINE, data: "keep" });
    for (const type of ["aws:s3/bucket:Bucket", "azure-native:storage:BlobContainer"]) {
      assert.ok(
        own(kept, type).every(({ retainOnDelete }) => retainOnDelete),
        type,
      );
      assert.ok(
        own(plain, type).every(({ retainOnDelete }) => retainOnDelete),
        "the default is to keep",
      );
    }
    const thrown = await deploy({ ...FOUNDATION, pipeline: PIPELINE, data: "delete" });
    assert.equal(own(thrown, "aws:s3/bucket:Bucket")[0]?.inputs["forceDestroy"], true);
    assert.ok(thrown.resources.every(({ retainOnDelete }) => !retainOnDelete));
  });

  it("is the same, to the letter, on the next day", async () => {
    const at = (now: string) =>
      deploy(
        { ...FOUNDATION, pipeline: PIPELINE, sasAnchor: "2026-11-21" },
        { now: new Date(now) },
      );
    const today = await at("2026-11-21T09:00:00Z");
    const tomorrow = await at("2026-11-22T21:00:00Z");
    const sorted = (deployed: Deployed) =>
      deployed.resources.map((resource) => JSON.stringify(resource)).sort();
    assert.deepEqual(sorted(tomorrow), sorted(today));
    assert.deepEqual(tomorrow.outputs, today.outputs);
  });
});
