import assert from "node:assert/strict";
import fc from "fast-check";
import {
  actionMatches,
  arnMatches,
  literal,
  wildcard,
} from "../../../../../local/aws/identity/match.ts";

describe("wildcards", () => {
  it("fit like the regular expression that they stand for", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "/"), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (wanted, given) => {
        const escaped = wanted.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
        assert.equal(wildcard(wanted, given), new RegExp(`^${escaped}$`).test(given));
      }),
    );
  });

  it("are plain characters in literal text", () => {
    fc.assert(fc.property(fc.string(), (text) => wildcard(literal(text), text)));
    assert.ok(!wildcard(literal("a*"), "ab"));
  });

  it("stay quick on patterns that make a backtracking matcher slow", () => {
    const started = performance.now();
    assert.ok(!wildcard("*a".repeat(200) + "b", "a".repeat(5000)));
    assert.ok(performance.now() - started < 500);
  });

  it("do not reach over a colon of an ARN's first parts", () => {
    assert.ok(
      arnMatches(
        "arn:aws:logs:eu-west-1:1:log-group:x*:log-stream:*",
        "arn:aws:logs:eu-west-1:1:log-group:xy:log-stream:z",
      ),
    );
    assert.ok(!arnMatches("arn:aws:sqs:*:1:q", "arn:aws:sqs:eu-west-1:2:1:q"));
    assert.ok(arnMatches("arn:aws:s3:::b*", "arn:aws:s3:::bucket/k"));
  });

  it("compare actions without regard to case", () => {
    assert.ok(actionMatches("S3:get*", "s3:GetObject"));
  });
});
