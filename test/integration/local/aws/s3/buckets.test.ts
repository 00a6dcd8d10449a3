import assert from "node:assert/strict";

import * as s3 from "@aws-sdk/client-s3";

import type { AccessQuestion } from "../../../../../local/aws/contract.ts";
import { statementsOf } from "../../../../../local/aws/s3/access/public.ts";
import { ACCOUNT, startTestServer } from "./listener.ts";
import type { TestServer } from "./listener.ts";

const Bucket = "configured";
const ARN = `arn:aws:s3:::${Bucket}`;

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).name;
  }
  return "none";
}

describe("S3 bucket configuration, through the AWS SDK", () => {
  let server: TestServer;
  let client: s3.S3Client;

  before(async () => {
    server = await startTestServer();
    client = server.client();
    await client.send(new s3.CreateBucketCommand({ Bucket }));
  });
  after(() => server.close());

  it("begins as AWS begins: private, owned by its owner, encrypted, and otherwise unset", async () => {
    const block = await client.send(new s3.GetPublicAccessBlockCommand({ Bucket }));
    assert.deepEqual(block.PublicAccessBlockConfiguration, {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    });
    const owner = await client.send(new s3.GetBucketOwnershipControlsCommand({ Bucket }));
    assert.equal(owner.OwnershipControls?.Rules?.[0]?.ObjectOwnership, "BucketOwnerEnforced");
    const encryption = await client.send(new s3.GetBucketEncryptionCommand({ Bucket }));
    assert.equal(
      encryption.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
        ?.SSEAlgorithm,
      "AES256",
    );
    const location = await client.send(new s3.GetBucketLocationCommand({ Bucket }));
    assert.equal(location.LocationConstraint, "eu-west-1");
    const head = await client.send(new s3.HeadBucketCommand({ Bucket }));
    assert.equal(head.BucketRegion, "eu-west-1");
    const acl = await client.send(new s3.GetBucketAclCommand({ Bucket }));
    assert.equal(acl.Grants?.[0]?.Permission, "FULL_CONTROL");
    const payer = await client.send(new s3.GetBucketRequestPaymentCommand({ Bucket }));
    assert.equal(payer.Payer, "BucketOwner");
    const versioning = await client.send(new s3.GetBucketVersioningCommand({ Bucket }));
    assert.equal(versioning.Status, undefined);
    const accelerate = await client.send(
      new s3.GetBucketAccelerateConfigurationCommand({ Bucket }),
    );
    assert.equal(accelerate.Status, undefined);
    assert.equal(
      (await client.send(new s3.GetBucketLoggingCommand({ Bucket }))).LoggingEnabled,
      undefined,
    );
  });

  it("answers reads of what is unset with AWS's own errors", async () => {
    const unset: Record<string, Promise<unknown>> = {
      NoSuchBucketPolicy: client.send(new s3.GetBucketPolicyCommand({ Bucket })),
      NoSuchCORSConfiguration: client.send(new s3.GetBucketCorsCommand({ Bucket })),
      NoSuchLifecycleConfiguration: client.send(
        new s3.GetBucketLifecycleConfigurationCommand({ Bucket }),
      ),
      NoSuchTagSet: client.send(new s3.GetBucketTaggingCommand({ Bucket })),
      NoSuchWebsiteConfiguration: client.send(new s3.GetBucketWebsiteCommand({ Bucket })),
      ObjectLockConfigurationNotFoundError: client.send(
        new s3.GetObjectLockConfigurationCommand({ Bucket }),
      ),
      ReplicationConfigurationNotFoundError: client.send(
        new s3.GetBucketReplicationCommand({ Bucket }),
      ),
      NoSuchConfiguration: client.send(
        new s3.GetBucketInventoryConfigurationCommand({ Bucket, Id: "i" }),
      ),
    };
    for (const [code, promise] of Object.entries(unset)) assert.equal(await failure(promise), code);
  });

  it("keeps and returns lifecycle rules, with the ids that S3 would invent", async () => {
    const Rules: s3.LifecycleRule[] = [
      { ID: "old", Status: "Enabled", Filter: { Prefix: "logs/" }, Expiration: { Days: 30 } },
      {
        ID: undefined,
        Status: "Enabled",
        Filter: { Prefix: "" },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ];
    await client.send(
      new s3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
    );
    const kept = await client.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }));
    assert.deepEqual(kept.Rules?.[0], Rules[0]);
    const invented = kept.Rules?.[1];
    assert.ok(invented?.ID);
    assert.equal(invented.AbortIncompleteMultipartUpload?.DaysAfterInitiation, 7);
    assert.equal(kept.TransitionDefaultMinimumObjectSize, "all_storage_classes_128K");
    await client.send(new s3.DeleteBucketLifecycleCommand({ Bucket }));
    assert.equal(
      await failure(client.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }))),
      "NoSuchLifecycleConfiguration",
    );
  });

  it("keeps and returns tags, CORS, encryption, ownership and inventories", async () => {
    const TagSet = [{ Key: "tenant", Value: "acme" }];
    await client.send(new s3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    assert.deepEqual(
      (await client.send(new s3.GetBucketTaggingCommand({ Bucket }))).TagSet,
      TagSet,
    );
    const CORSRules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"], MaxAgeSeconds: 5 }];
    await client.send(new s3.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    assert.deepEqual(
      (await client.send(new s3.GetBucketCorsCommand({ Bucket }))).CORSRules,
      CORSRules,
    );
    await client.send(
      new s3.PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: {
                SSEAlgorithm: "aws:kms",
                KMSMasterKeyID: "key-1",
              },
              BucketKeyEnabled: true,
            },
          ],
        },
      }),
    );
    const stored = await client.send(new s3.PutObjectCommand({ Bucket, Key: "kms", Body: "x" }));
    assert.deepEqual(
      [stored.ServerSideEncryption, stored.SSEKMSKeyId, stored.BucketKeyEnabled],
      ["aws:kms", "key-1", true],
    );
    await client.send(new s3.DeleteBucketEncryptionCommand({ Bucket }));
    assert.equal(
      (await client.send(new s3.PutObjectCommand({ Bucket, Key: "kms", Body: "x" })))
        .ServerSideEncryption,
      "AES256",
    );
    const InventoryConfiguration: s3.InventoryConfiguration = {
      Id: "i",
      IsEnabled: true,
      IncludedObjectVersions: "Current",
      Schedule: { Frequency: "Daily" },
      Destination: { S3BucketDestination: { Bucket: ARN, Format: "Parquet" } },
    };
    await client.send(
      new s3.PutBucketInventoryConfigurationCommand({ Bucket, Id: "i", InventoryConfiguration }),
    );
    const listed = await client.send(new s3.ListBucketInventoryConfigurationsCommand({ Bucket }));
    assert.deepEqual(listed.InventoryConfigurationList, [InventoryConfiguration]);
  });

  it("refuses ACLs where the owner owns everything", async () => {
    const put = (ACL: s3.ObjectCannedACL) =>
      failure(client.send(new s3.PutObjectCommand({ Bucket, Key: "acl", Body: "x", ACL })));
    assert.equal(await put("public-read"), "AccessControlListNotSupported");
    assert.equal(await put("bucket-owner-full-control"), "none");
  });

  it("refuses a public policy while public policies are blocked, and documents that are none", async () => {
    const policy = (Principal: unknown): string =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal, Action: "s3:GetObject", Resource: `${ARN}/*` }],
      });
    const put = (Policy: string) =>
      failure(client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy })));
    assert.equal(await put(policy("*")), "AccessDenied");
    assert.equal(await put("{"), "MalformedPolicy");
    assert.equal(await put(policy({ AWS: ACCOUNT })), "none");
    const status = () => client.send(new s3.GetBucketPolicyStatusCommand({ Bucket }));
    assert.equal((await status()).PolicyStatus?.IsPublic, false);
    await client.send(new s3.DeletePublicAccessBlockCommand({ Bucket }));
    assert.equal(await put(policy("*")), "none");
    assert.equal((await status()).PolicyStatus?.IsPublic, true);
    assert.equal(
      (await client.send(new s3.GetBucketPolicyCommand({ Bucket }))).Policy,
      policy("*"),
    );
    await client.send(new s3.DeleteBucketPolicyCommand({ Bucket }));
  });

  it("wants the location of its own region", async () => {
    const create = (LocationConstraint: string) =>
      failure(
        client.send(
          new s3.CreateBucketCommand({
            Bucket: "elsewhere",
            CreateBucketConfiguration: { LocationConstraint: LocationConstraint as "eu-west-1" },
          }),
        ),
      );
    assert.equal(await create("eu-central-1"), "IllegalLocationConstraintException");
    assert.equal(await create("eu-west-1"), "none");
    assert.deepEqual(server.s3.inventory(), [ARN, "arn:aws:s3:::elsewhere"]);
    await client.send(new s3.DeleteBucketCommand({ Bucket: "elsewhere" }));
  });
});

describe("S3 authorization", () => {
  let server: TestServer;
  let client: s3.S3Client;
  let allowed: (question: AccessQuestion) => boolean;

  before(async () => {
    allowed = () => true;
    server = await startTestServer({
      authorize: (question) =>
        allowed(question)
          ? { allowed: true }
          : { allowed: false, message: `no ${question.action}` },
    });
    client = server.client();
    await client.send(new s3.CreateBucketCommand({ Bucket }));
    await client.send(
      new s3.PutObjectCommand({ Bucket, Key: "in/k", Body: "x", Tagging: "team=a" }),
    );
  });
  beforeEach(() => {
    allowed = () => true;
    server.asked.length = 0;
  });
  after(() => server.close());

  /** The nth question asked so far. */
  const question = (n: number): AccessQuestion => {
    const found = server.asked.at(n);
    assert.ok(found);
    return found;
  };
  const asked = () =>
    server.asked.map(({ action, resource }) => `${action} ${resource.slice(ARN.length)}`);

  it("asks for IAM's own action names, with what conditions need", async () => {
    await client.send(new s3.GetObjectCommand({ Bucket, Key: "in/k" }));
    assert.deepEqual(asked(), ["s3:GetObject /in/k"]);
    assert.equal(question(0).context?.["s3:ExistingObjectTag/team"], "a");
    server.asked.length = 0;
    await client.send(
      new s3.ListObjectsV2Command({ Bucket, Prefix: "in/", Delimiter: "/", MaxKeys: 7 }),
    );
    assert.deepEqual(asked(), ["s3:ListBucket "]);
    const context = question(0).context ?? {};
    assert.deepEqual(
      [context["s3:prefix"], context["s3:delimiter"], context["s3:max-keys"]],
      ["in/", "/", "7"],
    );
    server.asked.length = 0;
    await client.send(
      new s3.PutObjectCommand({
        Bucket,
        Key: "t",
        Body: "x",
        Tagging: "a=b",
        StorageClass: "STANDARD_IA",
      }),
    );
    assert.deepEqual(asked(), ["s3:PutObject /t", "s3:PutObjectTagging /t"]);
    assert.equal(question(0).context?.["s3:x-amz-storage-class"], "STANDARD_IA");
    assert.equal(question(0).context?.["s3:RequestObjectTag/a"], "b");
    server.asked.length = 0;
    await client.send(new s3.CopyObjectCommand({ Bucket, Key: "c", CopySource: `${Bucket}/in/k` }));
    assert.deepEqual(asked(), [
      "s3:GetObject /in/k",
      "s3:GetObjectTagging /in/k",
      "s3:PutObject /c",
      "s3:PutObjectTagging /c",
    ]);
  });

  it("says AccessDenied with the reason, and changes nothing", async () => {
    allowed = ({ action }) => action !== "s3:PutObject";
    const put = client.send(new s3.PutObjectCommand({ Bucket, Key: "denied", Body: "x" }));
    await assert.rejects(put, { name: "AccessDenied", message: "no s3:PutObject" });
    allowed = () => true;
    await assert.rejects(client.send(new s3.HeadObjectCommand({ Bucket, Key: "denied" })), {
      name: "NotFound",
    });
  });

  it("does not tell whoever may not list that a key is missing", async () => {
    allowed = ({ action }) => action !== "s3:ListBucket";
    const missing = client.send(new s3.GetObjectCommand({ Bucket, Key: "missing" }));
    await assert.rejects(missing, { name: "AccessDenied", message: "no s3:ListBucket" });
  });

  it("denies single keys of a multi-delete", async () => {
    await client.send(new s3.PutObjectCommand({ Bucket, Key: "free", Body: "x" }));
    allowed = ({ resource }) => !resource.endsWith("/in/k");
    const { Deleted, Errors } = await client.send(
      new s3.DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key: "in/k" }, { Key: "free" }] },
      }),
    );
    assert.deepEqual(
      Deleted?.map(({ Key }) => Key),
      ["free"],
    );
    assert.deepEqual(
      Errors?.map(({ Key, Code }) => `${Key!} ${Code!}`),
      ["in/k AccessDenied"],
    );
  });

  it("hands the bucket's policy over, but not what it allows strangers while public access is restricted", async () => {
    const Policy = JSON.stringify({
      Statement: [
        { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `${ARN}/*` },
        { Effect: "Deny", Principal: "*", Action: "s3:DeleteObject", Resource: `${ARN}/*` },
      ],
    });
    const block = (RestrictPublicBuckets: boolean) =>
      client.send(
        new s3.PutPublicAccessBlockCommand({
          Bucket,
          PublicAccessBlockConfiguration: { RestrictPublicBuckets },
        }),
      );
    await block(false);
    await client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy }));
    const seen = async () => {
      server.asked.length = 0;
      await fetch(`${server.endpoint}/${Bucket}/in/k`);
      assert.equal(question(0).principal.kind, "anonymous");
      const { resourcePolicy } = question(0);
      return resourcePolicy ? statementsOf(resourcePolicy).map(({ Effect }) => Effect) : [];
    };
    assert.deepEqual(await seen(), ["Allow", "Deny"]);
    await block(true);
    assert.deepEqual(await seen(), ["Deny"]);
  });
});
