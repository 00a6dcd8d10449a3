import assert from "node:assert/strict";
import fc from "fast-check";
import { operationEnvironment } from "../../../service/automation/environment.ts";
import { redactor, secretsOf } from "../../../service/automation/redact.ts";

describe("the redactor", () => {
  it("lets no secret through, as it is, in JSON or in a URL", () => {
    const secret = fc.string({ minLength: 6, maxLength: 30, unit: "binary-ascii" });
    fc.assert(
      fc.property(secret, fc.string(), (value, around) => {
        fc.pre(!"[secret]".includes(value));
        const redact = redactor([value]);
        for (const spelling of [value, JSON.stringify(value), encodeURIComponent(value)]) {
          const clean = redact(`${around} ${spelling} end`);
          // Where a secret overlaps the mark itself, what is left cannot be told from it.
          assert.ok(!clean.replaceAll("[secret]", "").includes(value));
        }
      }),
    );
  });

  it("takes out signatures, account keys and bearer tokens that nobody told it of", () => {
    const redact = redactor([]);
    assert.equal(redact("https://a/b?sv=1&sig=AbC%2F=&se=2"), "https://a/b?sv=1&sig=[secret]&se=2");
    assert.equal(redact("AccountKey=abc==;Endpoint=x"), "AccountKey=[secret];Endpoint=x");
    assert.equal(redact("Authorization: Bearer abcdefghijkl"), "Authorization: Bearer [secret]");
    assert.equal(redact("postgres://me:pw@host/db"), "postgres://me:[secret]@host/db");
  });

  it("leaves alone what is no secret", () => {
    const text = "creating S3 Bucket (cw-local--acme--exports): AccessDenied";
    assert.equal(redactor(["", "abc"])(text), text);
  });
});

describe("an operation's environment", () => {
  it("holds the operator's credentials, but neither the database's nor the API's", () => {
    const env = operationEnvironment({
      PATH: "/bin",
      AWS_SECRET_ACCESS_KEY: "a",
      PULUMI_BACKEND_URL: "file:///x",
      DATABASE_URL: "postgres://u:p@h/d",
      CAUSEWAY_TOKEN: "t",
      NODE_OPTIONS: "--inspect",
    });
    assert.deepEqual(Object.keys(env).sort(), [
      "AWS_SECRET_ACCESS_KEY",
      "PATH",
      "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK",
      "PULUMI_BACKEND_URL",
      "PULUMI_SKIP_UPDATE_CHECK",
    ]);
  });

  it("knows which of its values are secret", () => {
    const secrets = secretsOf({
      AWS_ACCESS_KEY_ID: "AKIA",
      AWS_SECRET_ACCESS_KEY: "s1",
      PULUMI_CONFIG_PASSPHRASE: "s2",
      AWS_REGION: "eu-west-1",
    });
    assert.deepEqual(secrets, ["s1", "s2"]);
  });
});
