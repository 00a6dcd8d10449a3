import assert from "node:assert/strict";
import fc from "fast-check";
import {
  backoffMs,
  isPatient,
  redeliverySeconds,
  retryClass,
} from "../../../../runtime/decide/retry.ts";

describe("the table of errors", () => {
  for (const [service, status, code, expected] of [
    ["s3", 503, "SlowDown", "slow"],
    ["s3", 500, "InternalError", "retry"],
    ["s3", 400, "ExpiredToken", "re-sign"],
    ["s3", 412, "PreconditionFailed", "re-decide"],
    ["s3", 404, "NoSuchVersion", "re-decide"],
    ["s3", 403, "InvalidObjectState", "hold"],
    ["s3", 403, "AccessDenied", "fail"],
    ["s3", 404, "NoSuchBucket", "fail"],
    ["s3", 0, "Network", "retry"],
    ["azure", 503, "ServerBusy", "slow"],
    ["azure", 500, "OperationTimedOut", "retry"],
    ["azure", 403, "AuthorizationFailure", "fail"],
    ["azure", 403, "AuthorizationPermissionMismatch", "fail"],
    ["azure", 403, "AuthenticationFailed", "re-sign"],
    ["azure", 403, "SasExpired", "re-sign"],
    ["azure", 409, "BlobAlreadyExists", "re-decide"],
    ["azure", 412, "ConditionNotMet", "re-decide"],
    ["azure", 412, "LeaseIdMissing", "hold"],
    ["azure", 400, "InvalidBlockList", "re-decide"],
    ["azure", 400, "Crc64Mismatch", "retry"],
    ["azure", 404, "ContainerNotFound", "fail"],
    ["azure", 429, "SomethingNew", "slow"],
    ["azure", 403, "CannotVerifyCopySource", "by-stream"],
    ["azure", 0, "CannotReadSource", "by-stream"],
    ["azure", 400, "Md5Mismatch", "re-decide"],
    ["azure", 409, "BlobImmutableDueToPolicy", "hold"],
    ["s3", 404, "NoSuchUpload", "re-decide"],
    ["s3", 400, "InvalidPart", "re-decide"],
    ["s3", 0, "Truncated", "retry"],
    ["sqs", 400, "ThrottlingException", "slow"],
    ["ssm", 400, "AccessDenied", "fail"],
  ] as const) {
    it(`says ${expected} to ${service}'s ${code} (${status})`, () => {
      assert.equal(retryClass({ service, status, code }), expected);
    });
  }

  it("is patient with what may pass and with SSM, never with a refused object", () => {
    assert.equal(isPatient({ service: "s3", status: 503, code: "SlowDown" }), true);
    assert.equal(isPatient({ service: "ssm", status: 400, code: "AccessDenied" }), true);
    assert.equal(isPatient({ service: "s3", status: 403, code: "AccessDenied" }), false);
    assert.equal(isPatient({ service: "azure", status: 412, code: "LeaseIdMissing" }), false);
  });
});

describe("waits", () => {
  it("have full jitter under a ceiling that doubles up to a cap, on top of what the cloud asked for", () => {
    assert.equal(
      backoffMs("retry", 1, () => 0),
      0,
    );
    assert.equal(
      backoffMs("retry", 1, () => 0.999),
      100,
    );
    assert.equal(
      backoffMs("retry", 3, () => 0.999),
      400,
    );
    assert.equal(
      backoffMs("slow", 50, () => 0.99999),
      20_000,
    );
    assert.equal(
      backoffMs("slow", 1, () => 0, 7_000),
      7_000,
    );
  });

  it("between deliveries are at least a second and at most a quarter of an hour", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 0.9999, noNaN: true }),
        (count, at) => {
          const seconds = redeliverySeconds(count, () => at);
          return Number.isInteger(seconds) && seconds >= 1 && seconds <= 900;
        },
      ),
    );
  });
});
