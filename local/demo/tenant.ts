import type { IAMClient } from "@aws-sdk/client-iam";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetUserCommand,
  NoSuchEntityException,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { Table } from "../table.ts";
import type { Credentials } from "./upload.ts";

const policyName = "own-data";

/**
 * The people of a tenant as the account knows them: an IAM user that may read and write its own source
 * bucket and nothing else. The key is kept in `file` (0600), since IAM shows a secret key only once.
 */
export class TenantUser {
  readonly #iam: IAMClient;
  readonly #name: string;
  readonly #keys: Table<Credentials>;

  constructor(iam: IAMClient, tenant: string, file: string) {
    this.#iam = iam;
    this.#name = `${tenant}-data`;
    this.#keys = new Table(file);
  }

  async credentials(bucket: string): Promise<Credentials> {
    const UserName = this.#name;
    if (!(await this.#exists())) {
      await this.#iam.send(new CreateUserCommand({ UserName }));
      this.#keys.delete(UserName);
    }
    const PolicyDocument = JSON.stringify(policyFor(bucket));
    await this.#iam.send(
      new PutUserPolicyCommand({ UserName, PolicyName: policyName, PolicyDocument }),
    );
    return this.#keys.get(UserName) ?? (await this.#newKey());
  }

  async remove(): Promise<void> {
    const UserName = this.#name;
    if (!(await this.#exists())) return;
    const key = this.#keys.get(UserName);
    if (key !== undefined) {
      const AccessKeyId = key.accessKeyId;
      await this.#iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    }
    await this.#iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: policyName }));
    await this.#iam.send(new DeleteUserCommand({ UserName }));
    this.#keys.delete(UserName);
  }

  async #exists(): Promise<boolean> {
    try {
      await this.#iam.send(new GetUserCommand({ UserName: this.#name }));
      return true;
    } catch (error) {
      if (error instanceof NoSuchEntityException) return false;
      throw error;
    }
  }

  async #newKey(): Promise<Credentials> {
    const { AccessKey } = await this.#iam.send(
      new CreateAccessKeyCommand({ UserName: this.#name }),
    );
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey ?? {};
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      throw new Error(`IAM made no access key for ${this.#name}`);
    }
    this.#keys.set(this.#name, { accessKeyId, secretAccessKey });
    return { accessKeyId, secretAccessKey };
  }
}

function policyFor(bucket: string) {
  const arn = `arn:aws:s3:::${bucket}`;
  return {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["s3:ListBucket", "s3:GetBucketLocation"], Resource: arn },
      {
        Effect: "Allow",
        Action: [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
        ],
        Resource: `${arn}/*`,
      },
    ],
  };
}
