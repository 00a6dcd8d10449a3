import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { operationEnvironment } from "../../../service/automation/environment.ts";
import { clip, redactor, secretsOf } from "../../../service/automation/redact.ts";
import { RedactedStream } from "../../../service/automation/redaction/stream.ts";

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

const goJson = (text: string) =>
  JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
const html: Record<string, string> = {
  ...{ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" },
};
const encoders: Record<string, (text: string) => string> = {
  json: (text) => JSON.stringify(text).slice(1, -1),
  "Go's json": goJson,
  "a URL": (text) => encodeURIComponent(text.toWellFormed()),
  "a URL in lower case": (text) =>
    encodeURIComponent(text.toWellFormed()).replaceAll(/%../g, (byte) => byte.toLowerCase()),
  "a form": (text) => new URLSearchParams([["", text]]).toString().slice(1),
  html: (text) => text.replaceAll(/[&<>"']/g, (char) => html[char] ?? char),
  "escapes alone": (text) =>
    Array.from(
      { length: text.length },
      (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
};
/** Random ones, and ones made of what escapes are made of. */
const anySecret = fc.oneof(
  fc.string({ minLength: 8, maxLength: 40, unit: "binary" }).map((text) => text.toWellFormed()),
  fc
    .array(
      fc.constantFrom("a", "Z", "7", "%", "\\", '"', "&", "+", "/", "=", "\n", " ", "é", "<"),
      {
        minLength: 8,
        maxLength: 40,
      },
    )
    .map((chars) => `k${chars.join("")}k`),
);

describe("the redactor's knowledge of spellings", () => {
  for (const [what, encode] of Object.entries(encoders)) {
    it(`finds a secret in ${what}, and in that once more, and in JSON around that`, () => {
      fc.assert(
        fc.property(anySecret, (secret) => {
          fc.pre(!"[secret]".includes(secret));
          const redact = redactor([secret]);
          const alone = [encode(secret), encode(encode(secret)), goJson(encode(secret))];
          // Letters at both ends: nothing of such a secret is left.
          if (/^k.*k$/s.test(secret))
            for (const spelt of alone)
              assert.equal(redact(`before ${spelt} after`), "before [secret] after");
          for (const spelt of [...alone, encode(JSON.stringify({ [secret]: secret }))]) {
            const clean = redact(`before ${spelt} after`);
            assert.ok(!clean.includes(spelt), clean);
            assert.ok(clean.includes("[secret]"), clean);
            assert.match(clean, /^before .*after$/s);
          }
        }),
        { numRuns: 300 },
      );
    });
  }

  it("finds a secret in base64, alone and at any place within a longer text, and in hexadecimal", () => {
    const text = fc.string({ maxLength: 20, unit: "binary-ascii" });
    const secret = fc.string({ minLength: 12, maxLength: 40, unit: "binary-ascii" });
    fc.assert(
      fc.property(secret, text, text, (value, head, tail) => {
        const redact = redactor([value]);
        const bytes = Buffer.from(`${head}${value}${tail}`);
        for (const form of ["base64", "base64url", "hex"] as const) {
          const spelt = bytes.toString(form);
          for (const written of [spelt, encodeURIComponent(spelt), spelt.toUpperCase()]) {
            if (form !== "hex" && written === spelt.toUpperCase()) continue;
            const clean = redact(`x ${written} x`);
            const left = Buffer.from(clean.replaceAll(/^x |\[secret\]| x$/g, ""), form);
            assert.ok(clean.includes("[secret]"), `${form}: ${clean}`);
            assert.ok(!left.includes(value), `${form}: ${clean}`);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("finds each line of a secret of several, for programs print line by line", () => {
    const key = [
      "-----BEGIN X-----",
      "MIIEvQIBADANBgkqhkiG",
      "9w0BAQEFAASCBKcwggSj",
      "-----END X-----",
    ];
    const clean = redactor([key.join("\n")])(`  | ${key[1]}\n  | ${key[2]}`);
    assert.equal(clean, "  | [secret]\n  | [secret]");
  });

  it("takes the strings and numbers within a secret object for secrets", () => {
    const redact = redactor([{ user: "admin-of-acme", pin: 12345678, nested: ["tell-nobody"] }]);
    assert.equal(redact("admin-of-acme 12345678 tell-nobody"), "[secret] [secret] [secret]");
  });

  it("learns while it is in use", () => {
    const redact = redactor([]);
    assert.equal(redact("the new key is hunter2hunter2"), "the new key is hunter2hunter2");
    redact.learn(["hunter2hunter2"]);
    assert.equal(redact("the new key is hunter2hunter2"), "the new key is [secret]");
  });

  it("is applied before a text is cut, so that no half of a secret is left", () => {
    const redact = redactor(["hunter2hunter2hunter2"]);
    const text = `${"x".repeat(90)}hunter2hunter2hunter2`;
    assert.doesNotMatch(clip(redact(text), 100), /hunter/);
    // The test could not fail otherwise: the other order leaves a half.
    assert.match(redact(clip(text, 100)), /hunter/);
  });

  it("takes an hour's events of a large stack in seconds, whatever the number of secrets", () => {
    const secrets = Array.from({ length: 500 }, (_, n) =>
      createHash("sha256").update(`secret ${n}`).digest("base64"),
    );
    const line = JSON.stringify({
      urn: "urn:pulumi:acme.exports::causeway::aws:s3/bucket:Bucket::exports",
      inputs: JSON.stringify({ policy: JSON.stringify({ Statement: [{ Action: "s3:*" }] }) }),
    });
    const text = `${line}\n`.repeat(Math.ceil(10_000_000 / line.length)) + (secrets[77] ?? "");
    const took = (count: number): number => {
      const redact = redactor(secrets.slice(0, count));
      const before = process.cpuUsage();
      const clean = redact(text);
      const { user, system } = process.cpuUsage(before);
      assert.equal(clean.endsWith("[secret]"), count > 77);
      return (user + system) / 1e6;
    };
    const few = took(5);
    const many = took(500);
    assert.ok(many < 10, `${many} CPU seconds for 10 MB`);
    assert.ok(many < 4 * few + 0.5, `${many} CPU seconds for 500 secrets, ${few} for 5`);
  });
});

describe("a redacted stream", () => {
  it("lets no secret through, wherever its pieces end", () => {
    const lines = fc.array(fc.constantFrom("one", "two hunter2hunter2", "", "x".repeat(300)), {
      minLength: 1,
      maxLength: 12,
    });
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(lines, cuts, (texts, lengths) => {
        const secret = "hunter2hunter2";
        const whole = Buffer.from(texts.join("\n") + "é");
        const redact = redactor([secret]);
        const stream = new RedactedStream(redact);
        let shown = "";
        for (let at = 0, turn = 0; at < whole.length; turn++) {
          const length = lengths[turn % lengths.length] ?? 1;
          shown += stream.push(whole.subarray(at, at + length));
          at += length;
        }
        shown += stream.end();
        assert.equal(shown, redact(whole.toString()));
      }),
    );
  });

  it("keeps a private key whole that nobody told it of", () => {
    const stream = new RedactedStream(redactor(["short-secret"]));
    const key = `-----BEGIN PRIVATE KEY-----\n${"MIIEvQIBADANBgkqhkiG\n".repeat(40)}-----END PRIVATE KEY-----\n`;
    let shown = "";
    for (const line of `before\n${key}after\n`.split(/(?<=\n)/)) shown += stream.push(line);
    shown += stream.end();
    assert.doesNotMatch(shown, /MIIE/);
    assert.match(shown, /^before\n[\s\S]*after\n$/);
  });

  it("goes on when a line never ends", () => {
    const stream = new RedactedStream(redactor(["hunter2hunter2"]));
    let shown = 0;
    for (let turn = 0; turn < 100; turn++) shown += stream.push("x".repeat(10_000)).length;
    assert.ok(shown > 500_000, String(shown));
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
      "GOGC",
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
