import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Parameters, type PutParameter } from "../../../../../local/aws/ssm/parameters.ts";

const clock = () => new Date(0);
const place = { accountId: "1", region: "eu-west-1", clock };
const put = (more: Partial<PutParameter>): PutParameter => ({
  name: "/a/b",
  value: "v",
  type: "String",
  overwrite: false,
  tags: {},
  user: "root",
  ...more,
});

describe("parameters", () => {
  it("are not overwritten unless that is asked for, and keep their versions", () => {
    const parameters = new Parameters(place);
    parameters.put(put({}));
    assert.throws(() => parameters.put(put({ value: "w" })), { code: "ParameterAlreadyExists" });
    parameters.put(put({ value: "w", overwrite: true }));
    assert.equal(parameters.find("/a/b")?.value, "w");
    assert.equal(parameters.find("/a/b:1")?.value, "v");
    assert.equal(parameters.find("arn:aws:ssm:eu-west-1:1:parameter/a/b")?.value, "w");
    assert.throws(() => parameters.find("/a/b:3"), { code: "ParameterVersionNotFound" });
  });

  it("have names, sizes and patterns that SSM takes", () => {
    const parameters = new Parameters(place);
    const refused = (more: Partial<PutParameter>) => {
      try {
        parameters.put(put(more));
        return "taken";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    assert.equal(refused({ name: "a/b" }), "ValidationException");
    assert.equal(refused({ name: "/aws/x" }), "ValidationException");
    assert.equal(refused({ name: "/a b" }), "ValidationException");
    assert.equal(refused({ name: `/${"x/".repeat(16)}y` }), "HierarchyLevelLimitExceededException");
    assert.equal(refused({ value: "x".repeat(4097) }), "ValidationException");
    assert.equal(refused({ value: "x".repeat(4097), tier: "Advanced" }), "taken");
    assert.equal(
      refused({ name: "/p", value: "no", allowedPattern: "\\d+" }),
      "ParameterPatternMismatchException",
    );
  });

  it("are found by path, on one level or on all", () => {
    const parameters = new Parameters(place);
    for (const name of ["/a/b", "/a/c/d", "/ab"]) parameters.put(put({ name }));
    const names = (recursive: boolean) => parameters.under("/a", recursive).map(({ name }) => name);
    assert.deepEqual(names(false), ["/a/b"]);
    assert.deepEqual(names(true), ["/a/b", "/a/c/d"]);
  });

  it("keep secrets encrypted on disk, with a key that only we can read", () => {
    const home = mkdtempSync(join(tmpdir(), "ssm-"));
    new Parameters({ ...place, home }).put(put({ type: "SecureString", value: "plainly-secret" }));
    assert.ok(!readFileSync(join(home, "parameters.json"), "utf8").includes("plainly-secret"));
    assert.equal(statSync(join(home, "key")).mode & 0o777, 0o600);
    assert.equal(new Parameters({ ...place, home }).find("/a/b")?.value, "plainly-secret");
    rmSync(home, { recursive: true });
  });
});
