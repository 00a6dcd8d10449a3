import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { AwsRequest, AwsService } from "../contract.ts";
import { AwsError } from "../contract.ts";
import { evaluate } from "../identity/evaluate.ts";
import { enforce, type Identity } from "../identity/identity.ts";
import { jsonService, operation, type JsonOperation } from "../json-service.ts";
import type { EncryptionContext, Key, Keys } from "./keys.ts";

const KeyId = z.string().min(1).max(2048);
const Context = z.record(z.string(), z.string()).default({});
const LARGEST_PLAINTEXT = 4096;

interface Kms {
  readonly keys: Keys;
  readonly identity: Identity;
}

/** The local key management service: symmetric keys, AES-256-GCM, key policies. */
export function kmsService(kms: Kms): AwsService {
  return jsonService({
    protocol: "json-1.1",
    target: "TrentService",
    invalid: "ValidationException",
    operations: { ...keyOperations(kms), ...stateOperations(kms), ...cryptoOperations(kms) },
  });
}

function keyOperations(kms: Kms): Record<string, JsonOperation> {
  const { keys, identity } = kms;
  return {
    CreateKey: operation(
      z.object({ Description: z.string().max(8192).default(""), Policy: z.string().optional() }),
      ({ Description, Policy }, request) => {
        enforce(request.authorize({ action: "kms:CreateKey", resource: "*" }));
        if (Policy !== undefined) identity.parse(Policy, "resource");
        const key = keys.create({ description: Description, policy: Policy });
        return { KeyMetadata: metadata(keys, key) };
      },
    ),
    DescribeKey: operation(z.object({ KeyId }), (input, request) => {
      const key = keys.find(input.KeyId);
      ask(kms, request, "kms:DescribeKey", key);
      return { KeyMetadata: metadata(keys, key) };
    }),
    ListKeys: operation(z.object({}), (_, request) => {
      enforce(request.authorize({ action: "kms:ListKeys", resource: "*" }));
      const Keys = keys.table.values().map(({ id }) => ({ KeyId: id, KeyArn: keys.arn(id) }));
      return { Keys, Truncated: false };
    }),
    CreateAlias: operation(
      z.object({ AliasName: z.string().regex(/^alias\/(?!aws\/)[\w/-]+$/), TargetKeyId: KeyId }),
      ({ AliasName, TargetKeyId }, request) => {
        const key = keys.find(TargetKeyId);
        ask(kms, request, "kms:CreateAlias", key);
        if (keys.aliases.has(AliasName))
          throw new AwsError(
            "AlreadyExistsException",
            400,
            `An alias with the name ${keys.aliasArn(AliasName)} already exists`,
          );
        keys.aliases.set(AliasName, key.id);
        return {};
      },
    ),
    GetKeyPolicy: operation(z.object({ KeyId }), (input, request) => {
      const key = keys.find(input.KeyId);
      ask(kms, request, "kms:GetKeyPolicy", key);
      return { Policy: key.policy, PolicyName: "default" };
    }),
  };
}

function stateOperations(kms: Kms): Record<string, JsonOperation> {
  const { keys } = kms;
  const change = (action: string, state: Key["state"]) =>
    operation(z.object({ KeyId }), (input, request) => {
      const key = keys.find(input.KeyId);
      ask(kms, request, `kms:${action}`, key);
      keys.table.set(key.id, { ...key, state });
      return {};
    });
  const days = z.number().int().min(7).max(30).default(30);
  return {
    EnableKey: change("EnableKey", "Enabled"),
    DisableKey: change("DisableKey", "Disabled"),
    ScheduleKeyDeletion: operation(
      z.object({ KeyId, PendingWindowInDays: days }),
      (input, request) => {
        const key = keys.find(input.KeyId);
        ask(kms, request, "kms:ScheduleKeyDeletion", key);
        const deletion = keys.now() + input.PendingWindowInDays * 86_400;
        keys.table.set(key.id, { ...key, state: "PendingDeletion", deletion });
        return { KeyId: keys.arn(key.id), DeletionDate: deletion, KeyState: "PendingDeletion" };
      },
    ),
  };
}

function cryptoOperations(kms: Kms): Record<string, JsonOperation> {
  const { keys } = kms;
  const blob = z.base64().transform((text) => Buffer.from(text, "base64"));
  const EncryptionAlgorithm = z.literal("SYMMETRIC_DEFAULT").default("SYMMETRIC_DEFAULT");
  const dataKey = z.object({
    KeyId,
    EncryptionContext: Context,
    KeySpec: z.enum(["AES_256", "AES_128"]).optional(),
    NumberOfBytes: z.number().int().min(1).max(1024).optional(),
  });
  return {
    Encrypt: operation(
      z.object({ KeyId, Plaintext: blob, EncryptionContext: Context, EncryptionAlgorithm }),
      (input, request) => {
        const key = keys.find(input.KeyId);
        ask(kms, request, "kms:Encrypt", key, input.EncryptionContext);
        if (input.Plaintext.length < 1 || input.Plaintext.length > LARGEST_PLAINTEXT)
          throw new AwsError(
            "ValidationException",
            400,
            `Value at 'plaintext' failed to satisfy constraint: Member must have length between 1 and ${LARGEST_PLAINTEXT}`,
          );
        const sealed = keys.encrypt(key, input.Plaintext, input.EncryptionContext);
        return { CiphertextBlob: sealed.toString("base64"), ...madeWith(keys, key) };
      },
    ),
    Decrypt: operation(
      z.object({
        CiphertextBlob: blob,
        EncryptionContext: Context,
        KeyId: KeyId.optional(),
        EncryptionAlgorithm,
      }),
      (input, request) => {
        const key = keys.keyOf(input.CiphertextBlob);
        ask(kms, request, "kms:Decrypt", key, input.EncryptionContext);
        if (input.KeyId !== undefined && keys.find(input.KeyId).id !== key.id)
          throw new AwsError(
            "IncorrectKeyException",
            400,
            "The key ID in the request does not identify a CMK that can perform this operation.",
          );
        const plaintext = keys.decrypt(key, input.CiphertextBlob, input.EncryptionContext);
        return { Plaintext: plaintext.toString("base64"), ...madeWith(keys, key) };
      },
    ),
    GenerateDataKey: operation(dataKey, (input, request) => {
      const key = keys.find(input.KeyId);
      ask(kms, request, "kms:GenerateDataKey", key, input.EncryptionContext);
      const plaintext = randomBytes(input.NumberOfBytes ?? (input.KeySpec === "AES_128" ? 16 : 32));
      const sealed = keys.encrypt(key, plaintext, input.EncryptionContext);
      return {
        CiphertextBlob: sealed.toString("base64"),
        Plaintext: plaintext.toString("base64"),
        KeyId: keys.arn(key.id),
      };
    }),
  };
}

/** A key's own policy must always have its say: it names the caller, or the account, whose identity policies then decide. */
function ask(
  { keys, identity }: Kms,
  { principal }: AwsRequest,
  action: string,
  key: Key,
  context: EncryptionContext = {},
): void {
  const said = Object.entries(context).map(([name, value]) => [
    `kms:EncryptionContext:${name}`,
    value,
  ]);
  const question = {
    principal,
    action,
    resource: keys.arn(key.id),
    resourceAccount: identity.accountId,
    context: {
      ...identity.contextOf(principal),
      ...(Object.fromEntries(said) as Record<string, string>),
    },
  };
  const policies = {
    identity: identity.policiesOf(principal),
    resource: identity.parse(key.policy, "resource"),
  };
  enforce(evaluate(question, policies, "trust"));
}

function madeWith(keys: Keys, key: Key) {
  return { KeyId: keys.arn(key.id), EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
}

function metadata(keys: Keys, key: Key) {
  return {
    KeyId: key.id,
    Arn: keys.arn(key.id),
    CreationDate: key.created,
    Enabled: key.state === "Enabled",
    Description: key.description,
    KeyUsage: "ENCRYPT_DECRYPT",
    KeyState: key.state,
    ...(key.deletion === undefined ? {} : { DeletionDate: key.deletion }),
    Origin: "AWS_KMS",
    KeyManager: "CUSTOMER",
    KeySpec: "SYMMETRIC_DEFAULT",
    EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
    MultiRegion: false,
  };
}
