import assert from "node:assert/strict";
import { compileFilter } from "../../../../../local/aws/logs/filter.ts";

const passes = (pattern: string, message: string | object) =>
  compileFilter(pattern)(typeof message === "string" ? message : JSON.stringify(message));

describe("log filter patterns", () => {
  it("find terms: all, none of, some of, and phrases", () => {
    assert.ok(passes("", "anything"));
    assert.ok(passes("ERROR disk", "disk ERROR"));
    assert.ok(!passes("ERROR disk", "ERROR"));
    assert.ok(!passes("ERROR -retry", "ERROR retry"));
    assert.ok(passes('"no space left"', "there is no space left"));
    assert.ok(passes("?WARN ?ERROR", "an ERROR"));
    assert.ok(!passes("?WARN ?ERROR", "fine"));
  });

  it("look into JSON", () => {
    const line = {
      level: 50,
      problem: { class: "AccessDenied", tries: [1, 2] },
      ok: true,
      none: null,
    };
    for (const pattern of [
      "{ $.level = 50 }",
      '{ $.problem.class = "Access*" }',
      '{ ($.level >= 40) && ($.problem.class != "Other") }',
      "{ $.level < 10 || $.ok IS TRUE }",
      "{ $.problem.tries[1] = 2 }",
      "{ $.none IS NULL }",
      "{ $.missing NOT EXISTS }",
      '{ $["level"] = 50 }',
    ])
      assert.ok(passes(pattern, line), pattern);
    for (const pattern of [
      "{ $.level = 5 }",
      '{ $.problem.class = "Other" }',
      '{ $.missing = "*" }',
      "{ $.missing != 1 }",
      "{ $.problem NOT EXISTS }",
    ])
      assert.ok(!passes(pattern, line), pattern);
    assert.ok(!passes("{ $.level = 50 }", "level 50"));
  });

  it("are refused when they cannot be read", () => {
    for (const pattern of [
      "[a, b]",
      "{ $.a = ",
      "{ $.a ~ 1 }",
      "{ a = 1 }",
      "%re%",
      "{ ($.a = 1 }",
      "{ $.a < x }",
    ])
      assert.throws(() => compileFilter(pattern), { code: "InvalidParameterException" }, pattern);
  });
});
