import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { CredentialReference } from "../../../../infra/spec/credentials.ts";
import { parseSpec, secretProblems } from "../../../../infra/spec/index.ts";
import { looksSecret } from "../../../../infra/spec/secret-forms.ts";
import { COMPATIBLE, MINIMAL } from "./refused.ts";

/** Made here, so that no scanner of repositories takes the test for a leak. */
const key = (length: number) => "aB3/x9K+q".repeat(20).slice(0, length);
const SECRETS: Record<string, string> = {
  "an access key id": `AKIAQ3EXAMPLE7TESTER`,
  "a secret access key": randomKey(),
  "an account key": `${key(86)}==`,
  "a connection string": `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${key(86)}==`,
  "a SAS": `sv=2024-01-01&se=2026-01-01&sr=c&sp=rw&sig=${encodeURIComponent(`${key(43)}=`)}`,
  "a SAS, encoded once more": encodeURIComponent(`x?sv=1&sig=${key(43)}=`),
  "a presigned address": `b.s3.amazonaws.com/k?X-Amz-Signature=${"0f".repeat(32)}`,
  "a session token": `IQoJb3JpZ2lu${key(60)}`,
  "a private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
  "a bearer token": `Bearer ${key(30)}`,
  "a JWT": `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhY21lIn0.${key(20).replaceAll(/[/+]/g, "_")}`,
  "a GitHub token": `ghp_${key(40).replaceAll(/[/+]/g, "x")}`,
  "a machine token of ours": `cwt_01hzx_${key(30).replaceAll(/[/+]/g, "x")}`,
  "a password in an address": "postgres://me:open-sesame@db/x",
  "a named password": "Server=db;Uid=me;Pwd=open-sesame",
  "an Entra client secret": `abc8Q~${key(33).replaceAll(/[/+]/g, "x")}`,
};

function randomKey(): string {
  for (;;) {
    const made = randomBytes(30).toString("base64");
    if (looksSecret(made)) return made;
  }
}

describe("What looks like a secret in a spec", () => {
  const places: Record<string, (value: string) => unknown> = {
    "a prefix": (prefix) => ({ ...MINIMAL, source: { type: "s3", prefix } }),
    "a target's prefix": (prefix) => ({ ...MINIMAL, targets: [{ type: "azure-blob", prefix }] }),
    "an endpoint": (endpoint) => ({ ...MINIMAL, source: { ...COMPATIBLE, endpoint } }),
    "a filter": (glob) => ({ ...MINIMAL, filter: { include: ["a", glob] } }),
    "an unknown field": (value) => ({ ...MINIMAL, tags: { owner: value } }),
    "the name of a field": (name) => ({ ...MINIMAL, [name]: 1 }),
    "the kind": (kind) => ({ kind }),
    "a query": (query) => ({
      kind: "load",
      source: { type: "s3", bucket: "exports" },
      warehouse: { type: "redshift-serverless" },
      tables: [{ name: "t" }],
      unload: { query, bucket: "exports" },
    }),
    "a reference": (parameter) => ({
      ...MINIMAL,
      source: { ...COMPATIBLE, credentials: { parameter } },
    }),
  };
  for (const [what, secret] of Object.entries(SECRETS)) {
    it(`is ${what}: refused wherever it stands, and repeated nowhere`, () => {
      for (const [where, make] of Object.entries(places)) {
        const result = parseSpec(make(secret));
        assert.ok(!result.ok, where);
        const told = JSON.stringify(result.problems);
        assert.ok(!told.includes(JSON.stringify(secret).slice(1, -1)), `${where}: ${told}`);
        // Not a part of it either.
        assert.ok(!told.includes(secret.slice(-12)), `${where}: ${told}`);
      }
    });
  }

  it("is named by its place even where the rest is wrong as well", () => {
    const secret = SECRETS["a GitHub token"];
    const result = parseSpec({ ...MINIMAL, mover: "x", filter: { include: ["a", secret] } });
    assert.deepEqual(result.ok ? [] : result.problems.map(({ pointer }) => pointer), [
      "/mover",
      "/filter/include/1",
    ]);
  });

  it("is not a key prefix that people use", () => {
    const harmless = [
      "exports/2026/Reports/Daily/Region/Europe",
      "exports/2026/reports/daily/region/europe",
      "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
      "raw/dt=2026-11-21/hour=03/part-00000-6f1c2c4e-8f6e-4c8e-9d57-0a3c7d2b1f00.c000.snappy.parquet",
      "in/sig=left/",
      "customers/AKIA/",
      "secret/plans/",
      "tokens/by-user/",
      "backups/pg_dump-2026-11-21T03:00:00Z.sql.gz",
      "2aF9xQ7LkT0vB3nYpR5sWz/",
      "https-logs/host:8443/",
      "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgVE2upms/",
    ];
    for (const prefix of harmless) {
      assert.ok(!looksSecret(prefix), prefix);
      assert.ok(parseSpec({ ...MINIMAL, source: { type: "s3", prefix } }).ok, prefix);
    }
  });

  it("is never a path of words, however long", () => {
    const word = fc.constantFrom("exports", "Reports", "2026", "EU", "daily", "part", "v2", "Q3");
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
        assert.ok(!looksSecret(words.join("/")));
      }),
    );
  });

  it("is nearly every secret access key (99 in 100)", () => {
    const made = Array.from({ length: 2_000 }, () => randomBytes(30).toString("base64"));
    const missed = made.filter((one) => !looksSecret(one)).length;
    assert.ok(missed <= 20, `${missed} of 2,000 missed`);
  });

  it("is shown with no address: what stands before @ and after ? is left out of a message", () => {
    const endpoint = "https://oss.example.com/x?key=open-sesame";
    const result = parseSpec({ ...MINIMAL, source: { ...COMPATIBLE, endpoint } });
    assert.match(JSON.stringify(result), /got \\"https:\/\/oss.example.com\/x\?…\\"/);
    assert.doesNotMatch(JSON.stringify(result), /open-sesame/);
  });

  it("is found in any body, with a pointer that hides it too", () => {
    const secret = SECRETS["a GitHub token"] ?? "";
    const problems = secretProblems({ commit: secret, [secret]: { deep: [1, secret] } });
    assert.deepEqual(
      problems.map(({ pointer }) => pointer),
      ["/commit", "/(not shown)", "/(not shown)/deep/1"],
    );
  });
});

describe("A reference to a credential", () => {
  const vault = "https://acme-vault.vault.azure.net/secrets/oss";
  it("may name a parameter, a secret or a secret of a Key Vault, with or without its version", () => {
    for (const reference of [
      { parameter: "/sources/oss" },
      { secret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:oss-AbCdEf" },
      { keyVault: vault },
      { keyVault: `${vault}/0123456789abcdef0123456789abcdef` },
      { keyVault: "https://acme-vault.vault.azure.cn/secrets/oss" },
    ])
      assert.deepEqual(CredentialReference.parse(reference), reference);
  });

  for (const [what, address] of [
    ["another host", "https://vault.example.com/secrets/oss"],
    ["a host that only begins like a vault's", vault.replace(".net", ".net.example.com")],
    ["plain http", vault.replace("https", "http")],
    ["a query", `${vault}?api-version=7.4`],
    ["a user", vault.replace("https://", "https://me:pw@")],
    ["a key instead of a secret", vault.replace("secrets", "keys")],
    ["a version that is none", `${vault}/latest`],
  ] as const) {
    it(`may not name ${what} as a Key Vault, and does not repeat what was given`, () => {
      const result = CredentialReference.safeParse({ keyVault: address });
      assert.ok(!result.success);
      assert.ok(!JSON.stringify(result.error.issues).includes(address));
    });
  }
});
