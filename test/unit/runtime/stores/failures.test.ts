import assert from "node:assert/strict";
import { awsFailure } from "../../../../runtime/aws/errors.ts";
import { retryClass } from "../../../../runtime/decide/retry.ts";
import type { HttpResponse } from "../../../../runtime/http/send.ts";
import { isPipelineTrouble } from "../../../../runtime/problems.ts";
import { azureFailure } from "../../../../runtime/stores/azure/errors.ts";

function answer(status: number, headers: Record<string, string> = {}): HttpResponse {
  return { status, headers, body: Buffer.alloc(0), text: () => "" };
}

const head = { service: "s3", action: "s3:GetObject", subject: "s3://source/k" } as const;
const put = { service: "azure", action: "blob:PutBlob", subject: "azure://acct/c/k" } as const;

describe("what S3 refuses", () => {
  it("names the action also when the answer has no body", () => {
    const error = awsFailure(head, answer(403), "");
    assert.equal(error.code, "AccessDenied");
    assert.match(
      error.message,
      /^s3:GetObject on s3:\/\/source\/k failed with AccessDenied \(403\)/,
    );
    assert.match(error.message, /Allow s3:GetObject in the role of the worker/);
    assert.equal(isPipelineTrouble(error), true);
  });

  it("names the action that AWS says was missing, when it is another", () => {
    const xml =
      "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: " +
      "s3:ListBucket on resource: &quot;arn:aws:s3:::source&quot; because no identity-based policy allows it</Message></Error>";
    const error = awsFailure(head, answer(403), xml);
    assert.equal(error.facts.action, "s3:ListBucket");
    assert.match(error.message, /"arn:aws:s3:::source"/);
  });

  it("is known by one code in the JSON protocols too", () => {
    const text =
      '{"__type":"com.amazon#AccessDeniedException","Message":"not authorized to perform: ssm:GetParameter"}';
    const error = awsFailure({ ...head, service: "ssm" }, answer(400), text);
    assert.equal(error.code, "AccessDenied");
    assert.equal(error.facts.action, "ssm:GetParameter");
  });

  it("holds an object under a customer's key rather than failing it as a bad request", () => {
    const xml =
      "<Error><Code>InvalidRequest</Code><Message>The object was stored using a form of Server Side Encryption.</Message></Error>";
    assert.equal(retryClass(awsFailure(head, answer(400), xml).facts), "hold");
  });

  it("waits as long as Retry-After says", () => {
    const error = awsFailure(head, answer(503, { "retry-after": "3" }), "");
    assert.equal(error.facts.retryAfterMs, 3000);
  });
});

describe("what Azure refuses with a 403", () => {
  for (const [code, said] of [
    ["AuthorizationFailure", /firewall does not admit the address this worker leaves from/],
    ["AuthenticationFailed", /The SAS is not valid/],
    ["AuthorizationPermissionMismatch", /The SAS does not carry the permission/],
    ["AuthorizationSourceIPMismatch", /The SAS admits other addresses/],
  ] as const) {
    it(`says its own cause and remedy: ${code}`, () => {
      const error = azureFailure(put, answer(403, { "x-ms-error-code": code }), false);
      assert.equal(error.code, code);
      assert.match(error.message, said);
      assert.match(error.message, /^blob:PutBlob on azure:\/\/acct\/c\/k failed/);
      assert.equal(isPipelineTrouble(error), true);
    });
  }

  it("is an expired SAS when the SAS says so itself, whatever the code", () => {
    const refusal = answer(403, { "x-ms-error-code": "AuthorizationFailure" });
    const error = azureFailure(put, refusal, true);
    assert.equal(error.code, "SasExpired");
    assert.equal(retryClass(error.facts), "re-sign");
  });
});
