import assert from "node:assert/strict";
import { CloudError } from "../../../runtime/errors.ts";
import { createLog } from "../../../runtime/log.ts";
import { keepSecret, scrub } from "../../../runtime/secrets.ts";
import { parseSas } from "../../../runtime/stores/azure/sas.ts";

const SIGNATURE = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4MTIzNDU2Nzg=";
const SAS = `sv=2023-11-03&sr=c&sp=racwl&se=2027-01-01T00%3A00%3A00Z&sig=${encodeURIComponent(SIGNATURE)}`;
const SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TOKEN = 'IQoJb3JpZ2luX2VjEPn"//////////wEaCXVzLWVhc3QtMSJHMEUCIQ';

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog({}, { level: "trace", write: (line) => lines.push(line) }));
  return lines.join("");
}

describe("secrets", () => {
  before(() => {
    parseSas(SAS, "/p");
    keepSecret(SECRET_KEY);
    keepSecret(TOKEN);
  });

  for (const [where, seed] of [
    ["a SAS", SAS],
    ["a SAS's signature", SIGNATURE],
    ["a signature as it goes on the wire", encodeURIComponent(SIGNATURE)],
    ["a secret access key", SECRET_KEY],
    ["a session token with a quote in it", TOKEN],
  ] as const) {
    it(`never reach a log line, however deep: ${where}`, () => {
      const error = new Error(`GET http://acct/c/b?${seed} failed`, { cause: new Error(seed) });
      const text = logged((log) => {
        log.error({ err: error, deep: { er: [{ url: `https://x/?${seed}` }] } }, `tried ${seed}`);
        log.info(seed);
      });
      assert.ok(!text.includes(seed), text);
      assert.ok(!text.includes(JSON.stringify(seed).slice(1, -1)), text);
      for (const line of text.trim().split("\n")) JSON.parse(line);
    });
  }

  for (const [where, seed, secret] of [
    ["a SAS nobody told us of", "https://a/c/b?sp=r&sig=abc%2Bdef%3D&se=2027", "abc%2Bdef%3D"],
    [
      "a presigned URL",
      "https://b/k?X-Amz-Credential=AKIA%2F2026&X-Amz-Signature=0123abcd",
      "0123abcd",
    ],
    [
      "the credential of a presigned URL",
      "https://b/k?X-Amz-Credential=AKIAEXAMPLE%2F20260131&X-Amz-Expires=60",
      "AKIAEXAMPLE",
    ],
    ["its session token", "https://b/k?a=1&X-Amz-Security-Token=IQoJb3%2F", "IQoJb3"],
    [
      "a presigned URL within another URL",
      "https://a/c/b?from=https%3A%2F%2Fb%2Fk%3FX-Amz-Credential%3DAKIAEX%26X-Amz-Signature%3D0123abcd",
      "0123abcd",
    ],
    [
      "a presigned URL in JSON",
      '{"url":"https://b/k?x=1\\u0026X-Amz-Signature=0123abcd"}',
      "0123abcd",
    ],
    ["a SAS in JSON", '{"url":"https://a/b?sp=r\\u0026sig=abc%2Bdef"}', "abc%2Bdef"],
    ["a SAS in XML", "<Source>https://a/b?sp=r&amp;sig=abc%2Bdef</Source>", "abc%2Bdef"],
    ["a SAS in brackets", "CannotVerifyCopySource (sig=abc%2Bdef)", "abc%2Bdef"],
    ["an OSS URL", "https://b/k?OSSAccessKeyId=LTAI5t&Signature=vjby%2B", "vjby"],
    ["a COS URL", "https://b/k?q-ak=AKIDabc&q-signature=98ff00", "98ff00"],
    ["an Authorization header", "AWS4-HMAC-SHA256 Credential=AKIA/1/2, Signature=feed", "feed"],
    [
      "a connection string",
      "AccountName=a;AccountKey=c2VjcmV0c2VjcmV0;EndpointSuffix=x",
      "c2VjcmV0c2VjcmV0",
    ],
    ["credentials as JSON", '{"SecretAccessKey":"abcd1234","Expiration":"2027"}', "abcd1234"],
    ["a bearer header", 'authorization: "Bearer eyJabc.def.ghi"', "eyJabc.def.ghi"],
  ] as const) {
    it(`are removed by their shape: ${where}`, () => {
      assert.ok(!scrub(seed).includes(secret), scrub(seed));
      assert.ok(!logged((log) => log.warn({ seed }, seed)).includes(secret));
    });
  }

  it("leave ordinary text alone", () => {
    const text = "design=blue&rating=5 the signal=ok, assigned to k.csv";
    assert.equal(scrub(text), text);
  });

  it("never reach an error, which names its subject without a query", () => {
    const error = new CloudError({
      service: "azure",
      action: "blob:PutBlob",
      subject: "azure://acct/c/b",
      code: "AuthenticationFailed",
      status: 403,
      said: "Server failed to authenticate the request.",
      remedy: "Issue a new SAS.",
    });
    assert.equal(
      error.message,
      "blob:PutBlob on azure://acct/c/b failed with AuthenticationFailed (403): Server failed to authenticate the request. Issue a new SAS.",
    );
  });
});
