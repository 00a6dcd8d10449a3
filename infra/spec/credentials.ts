import { z } from "zod";
import { fields } from "./fields.ts";

/*
 * What was got is never shown here: someone who types a secret where its reference belongs must not find it in
 * an answer, a log or a database.
 */
const REMEDY = "What was got is not shown, in case it is the secret itself.";
const PARAMETER_RULE = `Expected the name of an SSM parameter such as "/sources/oss/credentials", never its value. ${REMEDY}`;
const SECRET_RULE = `Expected the ARN of a Secrets Manager secret, never its value. ${REMEDY}`;
const VAULT_RULE = `Expected the address of a Key Vault secret such as "https://NAME.vault.azure.net/secrets/NAME", never its value. ${REMEDY}`;
const ROLE_RULE =
  'Expected the ARN of an IAM role such as "arn:aws:iam::123456789012:role/causeway-writer".';

const Parameter = z
  .string({ error: PARAMETER_RULE })
  .regex(/^(\/[A-Za-z0-9_.-]+){1,15}$/, { error: PARAMETER_RULE })
  .meta({
    description: "Name of an SSM parameter (SecureString).",
    examples: ["/sources/oss/credentials"],
  });

const Secret = z
  .string({ error: SECRET_RULE })
  .regex(/^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+$/, {
    error: SECRET_RULE,
  })
  .meta({ description: "ARN of a Secrets Manager secret." });

/** The vaults of Azure's public, Chinese and US government clouds; a version is 32 hexadecimal digits, the newest is meant without it. */
const VaultSecret = z
  .string({ error: VAULT_RULE })
  .regex(
    /^https:\/\/[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]\.vault\.(azure\.net|azure\.cn|usgovcloudapi\.net)\/secrets\/[A-Za-z0-9-]{1,127}(\/[0-9a-f]{32})?$/,
    { error: VAULT_RULE },
  )
  .meta({
    description: "Address of a Key Vault secret, with or without its version.",
    examples: ["https://acme-vault.vault.azure.net/secrets/oss-credentials"],
  });

/** Where a credential is kept. The value itself is never part of a spec. */
export const CredentialReference = z
  .union(
    [
      fields({ parameter: Parameter }),
      fields({ secret: Secret }),
      fields({ keyVault: VaultSecret }),
    ],
    {
      error: `Expected a reference to a credential, {"parameter": "/path"}, {"secret": "arn:..."} or {"keyVault": "https://..."}, never its value. ${REMEDY}`,
    },
  )
  .meta({
    id: "CredentialReference",
    description:
      "Where a credential is kept: an SSM parameter, a Secrets Manager secret or a Key Vault secret.",
    examples: [{ parameter: "/sources/oss/credentials" }],
  });

export const RoleArn = z
  .string({ error: ROLE_RULE })
  .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, { error: ROLE_RULE })
  .meta({
    id: "RoleArn",
    description: "ARN of an IAM role.",
    examples: ["arn:aws:iam::123456789012:role/causeway-writer"],
  });
