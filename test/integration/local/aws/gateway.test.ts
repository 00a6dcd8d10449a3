import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListAccountSettingsCommand } from "@aws-sdk/client-ecs";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  ListServerCertificatesCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateQueueCommand, ListQueuesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { LocalAws } from "../../../../local/aws/aws.ts";
import { clients, type Keys, startAws } from "./fixture.ts";

describe("the gateway and identity", () => {
  let aws: LocalAws;
  let admin: ReturnType<typeof clients>;
  let ann: Keys;

  before(async () => {
    aws = await startAws();
    admin = clients(aws);
    await admin.iam.send(new CreateUserCommand({ UserName: "ann" }));
    const { AccessKey } = await admin.iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
    ann = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  });
  after(() => aws.close());

  it("tells a caller who it is", async () => {
    const root = await admin.sts.send(new GetCallerIdentityCommand({}));
    const user = await clients(aws, ann).sts.send(new GetCallerIdentityCommand({}));
    assert.equal(root.Arn, "arn:aws:iam::123456789012:root");
    assert.equal(user.Arn, "arn:aws:iam::123456789012:user/ann");
  });

  it("refuses a wrong secret, an unknown key and no signature, each in the service's own words", async () => {
    const wrong = clients(aws, { ...ann, secretAccessKey: "x".repeat(40) });
    const unknown = clients(aws, { ...ann, accessKeyId: "AKIAUNKNOWNUNKNOWN00" });
    await assert.rejects(wrong.ssm.send(new GetParameterCommand({ Name: "a" })), {
      name: "InvalidSignatureException",
    });
    await assert.rejects(wrong.sts.send(new GetCallerIdentityCommand({})), {
      name: "SignatureDoesNotMatch",
    });
    await assert.rejects(unknown.ssm.send(new GetParameterCommand({ Name: "a" })), {
      name: "UnrecognizedClientException",
    });
    const bare = await fetch(aws.endpoint, {
      method: "POST",
      headers: { "x-amz-target": "AmazonSSM.GetParameter" },
      body: "{}",
    });
    assert.match(await bare.text(), /MissingAuthenticationTokenException/);
  });

  it("names the action that no policy allows, until one does", async () => {
    const { QueueUrl } = await admin.sqs.send(new CreateQueueCommand({ QueueName: "theirs" }));
    const { sqs } = clients(aws, ann);
    const send = new SendMessageCommand({ QueueUrl, MessageBody: "hi" });
    await assert.rejects(sqs.send(send), {
      name: "AccessDenied",
      message:
        "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:eu-west-1:123456789012:theirs because no identity-based policy allows the sqs:SendMessage action",
    });
    await admin.iam.send(
      new PutUserPolicyCommand({
        UserName: "ann",
        PolicyName: "send",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Action: "sqs:SendMessage", Resource: "*" },
        }),
      }),
    );
    assert.ok((await sqs.send(send)).MessageId);
  });

  it("hands out credentials of a role only to those whom its trust policy names, and takes them back with it", async () => {
    const trust = (arn: string) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal: { AWS: arn }, Action: "sts:AssumeRole" },
      });
    const make = (RoleName: string, arn: string) =>
      admin.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(arn) }));
    const mine = await make("for-ann", "arn:aws:iam::123456789012:user/ann");
    const other = await make("for-bob", "arn:aws:iam::123456789012:user/bob");
    await admin.iam.send(
      new PutRolePolicyCommand({
        RoleName: "for-ann",
        PolicyName: "list",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Action: "sqs:ListQueues", Resource: "*" },
        }),
      }),
    );
    const assume = (RoleArn: string) =>
      clients(aws, ann).sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "s1" }));
    await assert.rejects(assume(other.Role!.Arn!), {
      name: "AccessDenied",
      message: /sts:AssumeRole/,
    });
    const { Credentials } = await assume(mine.Role!.Arn!);
    const session = clients(aws, {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    });
    const who = await session.sts.send(new GetCallerIdentityCommand({}));
    assert.equal(who.Arn, "arn:aws:sts::123456789012:assumed-role/for-ann/s1");
    assert.ok((await session.sqs.send(new ListQueuesCommand({}))).QueueUrls);
    await admin.iam.send(new DeleteRoleCommand({ RoleName: "for-bob" }));
    await assert.rejects(admin.iam.send(new DeleteRoleCommand({ RoleName: "for-ann" })), {
      name: "DeleteConflictException",
    });
    aws.identity.roles.delete("for-ann");
    await assert.rejects(session.sts.send(new GetCallerIdentityCommand({})), {
      name: "InvalidClientTokenId",
    });
  });

  it("names the operation that it does not have", async () => {
    await assert.rejects(admin.ecs.send(new ListAccountSettingsCommand({})), {
      name: "UnknownOperationException",
      message: /ListAccountSettings/,
    });
    await assert.rejects(admin.iam.send(new ListServerCertificatesCommand({})), {
      name: "InvalidAction",
      message: /ListServerCertificates/,
    });
  });

  it("refuses requests that are signed for another region", async () => {
    const far = new SSMClient({
      endpoint: aws.endpoint,
      region: "us-east-1",
      credentials: { ...aws.adminCredentials },
      maxAttempts: 1,
    });
    await assert.rejects(far.send(new GetParameterCommand({ Name: "a" })), {
      message: /scoped to a valid region, not 'us-east-1'/,
    });
  });

  it("gives everything back after a restart: users, policies, parameters", async () => {
    const home = mkdtempSync(join(tmpdir(), "aws-restart-"));
    const first = await startAws({ home });
    const keys = first.adminCredentials;
    await clients(first).ssm.send(
      new PutParameterCommand({ Name: "/a/secret", Value: "hush", Type: "SecureString" }),
    );
    await first.close();
    const second = await startAws({ home });
    assert.deepEqual(second.adminCredentials, keys);
    const found = await clients(second).ssm.send(
      new GetParameterCommand({ Name: "/a/secret", WithDecryption: true }),
    );
    assert.equal(found.Parameter?.Value, "hush");
    assert.deepEqual(await second.inventory(), [
      "arn:aws:ssm:eu-west-1:123456789012:parameter/a/secret",
    ]);
    await second.close();
    rmSync(home, { recursive: true });
  });
});
