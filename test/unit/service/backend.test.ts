import assert from "node:assert/strict";
import { readStateSettings } from "../../../service/automation/backend/settings.ts";
import { operationEnvironment } from "../../../service/automation/environment.ts";
import { encryptionIn, secretsIn } from "../../../service/automation/state-secrets.ts";
import { SetupError } from "../../../service/errors.ts";

function refusal(env: Record<string, string>): SetupError {
  try {
    readStateSettings(env);
  } catch (error) {
    assert.ok(error instanceof SetupError);
    return error;
  }
  assert.fail("Expected a refusal.");
}

describe("where state is kept", () => {
  for (const address of [
    "file:///var/lib/causeway/state",
    "s3://acme-state",
    "s3://acme-state/team-a?region=eu-west-1&awssdk=v2",
    "s3://state?endpoint=http://127.0.0.1:4566&s3ForcePathStyle=true&region=eu-west-1",
    "azblob://state?storage_account=acmestate",
    "azblob://state?storage_account=a&protocol=http&domain=127.0.0.1:10000&localemu=true",
    "gs://acme-state",
    "https://api.pulumi.com",
    "http://localhost:8090",
  ])
    it(`may be ${address}`, () => {
      assert.equal(readStateSettings({ CAUSEWAY_BACKEND: address }).backend, address);
    });

  for (const [address, message] of [
    ["/var/lib/state", /is not an address/],
    ["ftp://state", /is not an address/],
    ["file://state", /absolute path/],
    ["file:///", /absolute path/],
    ["s3://", /names no bucket/],
    ["s3://state?reigon=eu-west-1", /parameters that s3 does not take: reigon/],
    ["azblob://state?sas=x", /parameters that azblob does not take: sas/],
    ["http://pulumi.example.com", /plain http to another machine/],
    ["https://api.pulumi.com?x=1", /has parameters/],
    ["s3://state#x", /fragment/],
  ] as const)
    it(`may not be ${address}, and says why`, () => {
      const error = refusal({ CAUSEWAY_BACKEND: address });
      assert.match(error.message, message);
      assert.equal(error.subject, "CAUSEWAY_BACKEND");
    });

  it("is never an address that holds a credential, and that is not repeated", () => {
    for (const address of [
      "s3://AKIAIOSFODNN7TESTING:open-sesame@state",
      "https://me:open-sesame@api.pulumi.com",
      "azblob://state?storage_account=a&sig=open-sesame-open-sesame",
    ]) {
      const { message, remedy } = refusal({ CAUSEWAY_BACKEND: address });
      assert.match(message, /looks like a credential/);
      assert.doesNotMatch(message + remedy, /open-sesame/);
    }
  });
});

describe("what encrypts secrets in state", () => {
  const arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  for (const provider of [
    "awskms://1234abcd-12ab-34cd-56ef-1234567890ab?region=eu-west-1",
    "awskms://alias/causeway?region=eu-west-1&context_env=prod",
    `awskms:///${arn}?region=eu-west-1&awssdk=v2`,
    "azurekeyvault://acme-vault.vault.azure.net/keys/state",
    "azurekeyvault://acme-vault.vault.azure.net/keys/state/0123456789abcdef0123456789abcdef",
    "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k",
  ])
    it(`may be ${provider}`, () => {
      const { secretsProvider } = readStateSettings({ CAUSEWAY_SECRETS_PROVIDER: provider });
      assert.equal(secretsProvider, provider);
    });

  it("may be a passphrase only where there is one, and a service's own key only in a service", () => {
    const passphrase = { CAUSEWAY_SECRETS_PROVIDER: "passphrase" };
    assert.equal(refusal(passphrase).code, "passphrase-missing");
    const file = { PULUMI_CONFIG_PASSPHRASE_FILE: "/run/secrets/passphrase" };
    assert.equal(readStateSettings({ ...passphrase, ...file }).secretsProvider, "passphrase");
    const own = { CAUSEWAY_SECRETS_PROVIDER: "default" };
    assert.match(
      refusal({ ...own, CAUSEWAY_BACKEND: "s3://state" }).message,
      /only a Pulumi service/,
    );
    const service = { ...own, CAUSEWAY_BACKEND: "https://api.pulumi.com" };
    assert.equal(readStateSettings(service).secretsProvider, "default");
  });

  it("is never the secret itself, which is not repeated", () => {
    for (const provider of [
      "open-sesame-open-sesame",
      "awskms://open-sesame",
      "awskms://alias/x?secret=open-sesame",
      "azurekeyvault://me:open-sesame@acme-vault.vault.azure.net/keys/state",
      "azurekeyvault://acme-vault.vault.azure.net/secrets/open-sesame",
    ]) {
      const { message, remedy } = refusal({ CAUSEWAY_SECRETS_PROVIDER: provider });
      assert.doesNotMatch(message + remedy, /open-sesame/);
    }
  });
});

describe("an operation's credentials for state", () => {
  const env = {
    PULUMI_ACCESS_TOKEN: "t",
    GOOGLE_CREDENTIALS: "g",
    VAULT_SERVER_TOKEN: "v",
    PULUMI_BACKEND_URL: "file:///a",
  };
  const given = (more: Record<string, string>) => {
    const all = operationEnvironment({ ...env, ...more });
    return Object.keys(env).filter((name) => name in all && name !== "PULUMI_BACKEND_URL");
  };

  it("are those of its own backend and its own key, no others", () => {
    assert.deepEqual(given({}), []);
    assert.deepEqual(given({ CAUSEWAY_BACKEND: "s3://state" }), []);
    assert.deepEqual(given({ CAUSEWAY_BACKEND: "https://api.pulumi.com" }), [
      "PULUMI_ACCESS_TOKEN",
    ]);
    assert.deepEqual(given({ CAUSEWAY_BACKEND: "gs://state" }), ["GOOGLE_CREDENTIALS"]);
    assert.deepEqual(given({ CAUSEWAY_SECRETS_PROVIDER: "hashivault://k" }), [
      "VAULT_SERVER_TOKEN",
    ]);
  });

  it("go with the configured backend, and with no files beside a folder's that a kill could spoil", () => {
    const backend = (more: Record<string, string>) =>
      operationEnvironment({ ...env, ...more })["PULUMI_BACKEND_URL"];
    assert.equal(backend({}), "file:///a?metadata=skip");
    assert.equal(backend({ CAUSEWAY_BACKEND: "s3://state?region=x" }), "s3://state?region=x");
    assert.equal(backend({ CAUSEWAY_BACKEND: "file:///b?metadata=" }), "file:///b?metadata=");
  });
});

describe("an exported state", () => {
  const secret = (value: unknown) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  });
  const state = (provider: object) =>
    JSON.stringify({
      version: 3,
      deployment: {
        secrets_providers: provider,
        resources: [
          { outputs: { token: secret("one"), deep: [{ key: secret({ a: ["two"] }) }] } },
          { inputs: { plain: "three" } },
        ],
        pending_operations: [{ resource: { inputs: { key: secret("four") } } }],
      },
    });

  it("gives up every secret, wherever it lies, and nothing else", () => {
    assert.deepEqual(secretsIn(state({})), ["one", { a: ["two"] }, "four"]);
    assert.deepEqual(secretsIn(undefined), []);
  });

  it("says how its stack's secrets are encrypted", () => {
    const cloud = { type: "cloud", state: { url: "awskms://k", encryptedkey: "e" } };
    assert.deepEqual(encryptionIn(state(cloud)), {
      secretsProvider: "awskms://k",
      encryptedKey: "e",
    });
    const passphrase = { type: "passphrase", state: { salt: "v1:s" } };
    assert.deepEqual(encryptionIn(state(passphrase)), { encryptionSalt: "v1:s" });
    assert.equal(encryptionIn(state({ type: "service", state: { url: "https://x" } })), undefined);
    assert.equal(encryptionIn(JSON.stringify({ version: 3, deployment: null })), undefined);
    assert.equal(encryptionIn(undefined), undefined);
  });
});
