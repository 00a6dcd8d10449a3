import assert from "node:assert/strict";
import { retryClass } from "../../../../../runtime/decide/retry.ts";
import type { HttpResponse } from "../../../../../runtime/http/send.ts";
import { sourceFailure } from "../../../../../runtime/stores/azure/copy-source.ts";
import { azureFailure } from "../../../../../runtime/stores/azure/errors.ts";

const asked = {
  service: "azure",
  action: "blob:PutBlockFromURL",
  subject: "azure://acct/c/k",
} as const;

function answer(status: number, headers: Record<string, string>, text = ""): HttpResponse {
  return { status, headers, body: Buffer.from(text), text: () => text };
}

function failure(status: number, headers: Record<string, string>, text?: string) {
  const response = answer(status, headers, text);
  return sourceFailure(azureFailure(asked, response, false), response);
}

describe("what the source said to Azure", () => {
  const refused = { "x-ms-error-code": "CannotVerifyCopySource" };

  it("decides what becomes of the copy", () => {
    const classes: Readonly<Record<number, readonly [string, string]>> = {
      400: ["CannotReadSource", "by-stream"],
      401: ["CannotReadSource", "by-stream"],
      403: ["CannotReadSource", "by-stream"],
      301: ["CannotReadSource", "by-stream"],
      404: ["SourceNotFound", "re-decide"],
      412: ["SourceConditionNotMet", "re-decide"],
      416: ["SourceConditionNotMet", "re-decide"],
      429: ["SourceBusy", "slow"],
      500: ["SourceBusy", "slow"],
      503: ["SourceBusy", "slow"],
    };
    for (const [status, [code, kind]] of Object.entries(classes)) {
      const told = { ...refused, "x-ms-copy-source-status-code": status };
      const error = failure(Math.max(400, Number(status)), told);
      assert.deepEqual([error.code, retryClass(error.facts)], [code, kind], status);
    }
  });

  it("is read from the body where no header tells it, and told on", () => {
    // As in github.com/Azure/azure-storage-python/issues/720.
    const xml =
      '<?xml version="1.0"?><Error><Code>CannotVerifyCopySource</Code><Message>Forbidden\nRequestId:1</Message>' +
      "<CopySourceStatusCode>403</CopySourceStatusCode><CopySourceErrorMessage>Forbidden</CopySourceErrorMessage></Error>";
    const error = failure(403, refused, xml);
    assert.equal(error.code, "CannotReadSource");
    assert.match(error.message, /Forbidden \(the source said 403 to Azure\)/);
    assert.equal(error.denied, false, "a pipeline is not in trouble when one source is closed");
  });

  it("is nothing where Azure did not reach it", () => {
    assert.equal(failure(500, refused).code, "CannotReadSource");
  });

  it("is not to be confused with what is wrong with the target", () => {
    for (const [status, code] of [
      [403, "AuthenticationFailed"],
      [412, "ConditionNotMet"],
      [409, "LeaseIdMissing"],
      [503, "ServerBusy"],
    ] as const) {
      assert.equal(failure(status, { "x-ms-error-code": code }).code, code);
    }
  });

  it("is never asked when the URL is none that Azure takes", () => {
    const xml =
      "<Error><Code>InvalidHeaderValue</Code><HeaderName>x-ms-copy-source</HeaderName></Error>";
    assert.equal(
      failure(400, { "x-ms-error-code": "InvalidHeaderValue" }, xml).code,
      "CannotReadSource",
    );
    const other =
      "<Error><Code>InvalidHeaderValue</Code><HeaderName>x-ms-meta-a</HeaderName></Error>";
    assert.equal(
      failure(400, { "x-ms-error-code": "InvalidHeaderValue" }, other).code,
      "InvalidHeaderValue",
    );
  });
});
