import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { Rig } from "./rig.ts";

function allow(statement: object): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", ...statement } });
}

/** A role's temporary keys, in the words of a container's credentials endpoint. AWS lets no root account assume a role: a user does. */
async function roleCredentials(rig: Rig): Promise<Record<string, string | undefined>> {
  const { endpoint, region, adminCredentials: credentials } = rig.aws;
  const iam = new IAMClient({ endpoint, region, credentials });
  const all = { PolicyName: "all", PolicyDocument: allow({ Action: "*", Resource: "*" }) };
  const AssumeRolePolicyDocument = allow({ Principal: { AWS: "*" }, Action: "sts:AssumeRole" });
  const made = await iam.send(
    new CreateRoleCommand({ RoleName: "task", AssumeRolePolicyDocument }),
  );
  await iam.send(new PutRolePolicyCommand({ RoleName: "task", ...all }));
  await iam.send(new CreateUserCommand({ UserName: "ecs" }));
  await iam.send(new PutUserPolicyCommand({ UserName: "ecs", ...all }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ecs" }));
  const keys = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  const sts = new STSClient({ endpoint, region, credentials: keys });
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: made.Role?.Arn, RoleSessionName: "worker" }),
  );
  iam.destroy();
  sts.destroy();
  return {
    AccessKeyId: Credentials?.AccessKeyId,
    SecretAccessKey: Credentials?.SecretAccessKey,
    Token: Credentials?.SessionToken,
    Expiration: Credentials?.Expiration?.toISOString(),
  };
}

describe("a worker with a task's credentials", function () {
  this.timeout(60_000);
  let rig: Rig;
  let endpoint: Server;
  const asked: (string | undefined)[] = [];
  before(async () => {
    rig = await Rig.start();
    const answer = JSON.stringify(await roleCredentials(rig));
    endpoint = createServer((req, res) => {
      asked.push(req.headers.authorization);
      res.setHeader("content-type", "application/json");
      res.end(answer);
    }).listen(0, "127.0.0.1");
    await once(endpoint, "listening");
  });
  after(async () => {
    await rig.close();
    endpoint.closeAllConnections();
    endpoint.close();
  });

  it("asks the container's endpoint with its token, once, and keeps the answer until it expires", async () => {
    const { port } = endpoint.address() as AddressInfo;
    const worker = await rig.worker({
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/creds`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "token-of-the-task",
    });
    await rig.put("k", "body");
    assert.equal((await rig.entry("k")).state, "copied");
    assert.deepEqual(asked, ["token-of-the-task"]);
    await worker.end();
  });

  it("says so, and waits, when there are none", async () => {
    const worker = await rig.worker({
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_EC2_METADATA_DISABLED: "true",
      HOME: "/nonexistent",
    });
    const line = await worker.said((one) => one.problem?.["class"] === "NoCredentials");
    assert.match(line.problem?.["remedy"] ?? "", /Run the worker with a task role/);
    assert.equal((await worker.end()).code, 0);
  });
});
