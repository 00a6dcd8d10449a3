import assert from "node:assert/strict";
import { conditionHolds, parseOperator } from "../../../../../local/aws/identity/conditions.ts";
import { parsePolicy, PolicyError } from "../../../../../local/aws/identity/document.ts";

const holds = (operator: string, wanted: string | string[], given?: string | string[]) =>
  conditionHolds(operator, "Key", [wanted].flat(), given === undefined ? {} : { key: given });

describe("condition operators", () => {
  it("compare text, numbers, dates, addresses, ARNs and truth", () => {
    const cases: [string, string | string[], string, boolean][] = [
      ["StringEquals", ["a", "b"], "b", true],
      ["StringEquals", "a", "A", false],
      ["StringEqualsIgnoreCase", "a", "A", true],
      ["StringNotEquals", ["a", "b"], "b", false],
      ["StringNotEquals", ["a", "b"], "c", true],
      ["StringLike", "data/*", "data/x", true],
      ["StringNotLike", "data/*", "data/x", false],
      ["ArnLike", "arn:aws:s3:::b*", "arn:aws:s3:::bucket", true],
      ["ArnNotEquals", "arn:aws:s3:::b", "arn:aws:s3:::c", true],
      ["Bool", "false", "false", true],
      ["Bool", "true", "false", false],
      ["NumericLessThanEquals", "10", "10", true],
      ["NumericGreaterThan", "10", "9", false],
      ["NumericEquals", "10", "ten", false],
      ["DateLessThan", "2030-01-01T00:00:00Z", "2029-12-31T23:59:59Z", true],
      ["DateGreaterThan", "2030-01-01T00:00:00Z", "1577836800", false],
      ["IpAddress", "203.0.113.0/24", "203.0.113.7", true],
      ["IpAddress", "203.0.113.7", "203.0.113.7", true],
      ["NotIpAddress", ["203.0.113.0/24", "198.51.100.10"], "198.51.100.10", false],
      ["IpAddress", "2001:db8::/32", "2001:db8::1", true],
      ["IpAddress", "203.0.113.0/24", "2001:db8::1", false],
    ];
    for (const [operator, wanted, given, expected] of cases)
      assert.equal(
        holds(operator, wanted, given),
        expected,
        `${operator} ${wanted.toString()} ${given}`,
      );
  });

  it("say what an absent key means", () => {
    assert.equal(holds("StringEquals", "a"), false);
    assert.equal(holds("StringEqualsIfExists", "a"), true);
    assert.equal(holds("StringNotEquals", "a"), true);
    assert.equal(holds("NotIpAddress", "203.0.113.7"), true);
    assert.equal(holds("Null", "true"), true);
    assert.equal(holds("Null", "true", "x"), false);
    assert.equal(holds("Null", "false", "x"), true);
    assert.equal(holds("ForAllValues:StringEquals", "a"), true);
    assert.equal(holds("ForAnyValue:StringEquals", "a"), false);
  });

  it("look at all values or at any", () => {
    assert.equal(holds("ForAllValues:StringEquals", ["a", "b"], ["a", "b"]), true);
    assert.equal(holds("ForAllValues:StringEquals", ["a"], ["a", "b"]), false);
    assert.equal(holds("ForAnyValue:StringLike", ["a*"], ["x", "ab"]), true);
    assert.equal(holds("ForAnyValue:StringLike", ["a*"], ["x"]), false);
  });

  it("are refused when nobody knows them, when a policy comes and when it is asked", () => {
    assert.throws(() => holds("StringEqualz", "a", "a"), PolicyError);
    const policy = (Condition: object) =>
      JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:*", Resource: "*", Condition } });
    assert.throws(
      () => parsePolicy(policy({ BinaryEquals: { k: "v" } }), "identity", parseOperator),
      /BinaryEquals/,
    );
    assert.ok(parsePolicy(policy({ StringLikeIfExists: { k: "v" } }), "identity", parseOperator));
  });
});

describe("policy documents", () => {
  const check = (statement: object, kind: "identity" | "resource" | "trust") => () =>
    parsePolicy(
      JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
      kind,
      parseOperator,
    );
  const base = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };

  it("are refused for what IAM refuses", () => {
    assert.throws(() => parsePolicy("{", "identity", parseOperator), /not valid JSON/);
    assert.throws(() => parsePolicy('{"Statement":[]}', "identity", parseOperator), /no Statement/);
    assert.throws(check({ ...base, Effect: "allow" }, "identity"), /Effect/);
    assert.throws(check({ ...base, Action: "GetObject" }, "identity"), /prefixed by a vendor/);
    assert.throws(check({ ...base, Principal: "*" }, "identity"), /prohibited field Principal/);
    assert.throws(check(base, "resource"), /exactly one of Principal/);
    assert.throws(check({ ...base, NotAction: "s3:*" }, "identity"), /exactly one of Action/);
    assert.throws(check({ ...base, Resources: "*" }, "identity"), /unknown field Resources/);
    assert.throws(check({ ...base, Principal: "*" }, "trust"), /prohibited field Resource/);
  });

  it("are taken when they are right", () => {
    assert.ok(check(base, "identity")());
    assert.ok(check({ ...base, Principal: "*" }, "resource")());
  });
});
