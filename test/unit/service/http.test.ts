import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { sortableId } from "../../../service/db/ids.ts";
import { toProblem } from "../../../service/http/error-mapper.ts";
import { checkIfMatch, etagOf } from "../../../service/http/etag.ts";
import { fromCursor, page, toCursor } from "../../../service/http/page.ts";
import {
  problemDocument,
  problemKinds,
  RequestProblem,
  type ProblemKind,
} from "../../../service/http/problem.ts";
import { parseOwner } from "../../../service/operations/recover.ts";
import { statusOf } from "../../../service/pipelines/present.ts";

function kindOf(action: () => unknown): ProblemKind | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof RequestProblem);
    return error.kind;
  }
}

describe("cursors", () => {
  it("give back what they were made of", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer(), (name, number) => {
        const position = z.tuple([z.string(), z.number()]);
        assert.deepEqual(fromCursor(position, toCursor([name, number])), [name, number]);
      }),
    );
  });

  it("that a list never gave are refused, whatever they are", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (cursor) => {
        assert.equal(
          kindOf(() => fromCursor(z.tuple([z.string(), z.literal("x")]), cursor)),
          "invalid-request",
        );
      }),
    );
  });

  it("are given only when there is a next page", () => {
    const rows = [1, 2, 3];
    assert.equal(page(rows, 3, String, String).nextCursor, null);
    const first = page(rows, 2, (row) => row, String);
    assert.deepEqual(first.items, ["1", "2"]);
    assert.equal(fromCursor(z.number(), first.nextCursor ?? ""), 2);
  });
});

describe("ids", () => {
  it("sort by the time they were made at", () => {
    const moment = fc.integer({ min: 0, max: 2 ** 45 });
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        fc.pre(a !== b);
        assert.equal(sortableId("op", new Date(a)) < sortableId("op", new Date(b)), a < b);
      }),
    );
  });
});

describe("If-Match", () => {
  it("holds on to the generation, not to what happened around it", () => {
    const seen = etagOf({ generation: 3, revision: 7 });
    assert.equal(
      kindOf(() => checkIfMatch(seen, 3)),
      undefined,
    );
    assert.equal(
      kindOf(() => checkIfMatch(seen, 4)),
      "precondition-failed",
    );
    assert.equal(
      kindOf(() => checkIfMatch('"1-1", "4-9"', 4)),
      undefined,
    );
    assert.equal(
      kindOf(() => checkIfMatch("*", 4)),
      undefined,
    );
    assert.equal(
      kindOf(() => checkIfMatch('"other", "3-4"', 3)),
      undefined,
    );
  });

  it("never takes a weak tag, and says what is no list of tags", () => {
    assert.equal(
      kindOf(() => checkIfMatch('W/"3-1"', 3)),
      "precondition-failed",
    );
    assert.throws(() => checkIfMatch('W/"3-1"', 3), /weak tag never matches/);
    for (const garbled of ["", "3", '"3', "3-1", '"3-1" "3-2"', '"3-1", x', '*, "3-1"', "w/3"]) {
      assert.equal(
        kindOf(() => checkIfMatch(garbled, 3)),
        "invalid-request",
        garbled,
      );
    }
    assert.throws(() => checkIfMatch("3", 3), /Expected \* or ETags as a GET gave them/);
  });
});

describe("problems", () => {
  it("have stable types, and a status that says whose mistake it was", () => {
    for (const kind of Object.keys(problemKinds) as ProblemKind[]) {
      const document = problemDocument(new RequestProblem(kind, "why"), "r1");
      assert.equal(document.type, `urn:causeway:problem:${kind}`);
      assert.equal(document.status, problemKinds[kind].status);
      assert.equal(document.instance, "urn:causeway:request:r1");
    }
  });

  it("say nothing of our insides when the mistake is ours", () => {
    const problem = toProblem(new Error("connect ECONNREFUSED postgres://u:p@h"));
    assert.equal(problem.kind, "internal-error");
    assert.doesNotMatch(problem.message, /postgres/);
  });

  it("tell a body that is cut from one that is no JSON from one that is too large", () => {
    assert.equal(toProblem({ type: "request.aborted" }).kind, "malformed-json");
    assert.equal(toProblem({ type: "entity.parse.failed", message: "x" }).kind, "malformed-json");
    assert.equal(toProblem({ type: "entity.too.large", limit: 10 }).kind, "too-large");
    assert.equal(toProblem({ type: "charset.unsupported" }).kind, "wrong-content-type");
  });
});

describe("a pipeline's status", () => {
  const row = { state: "active", generation: 2, deployed_generation: 1 } as const;
  const failure = { code: "c", message: "AccessDenied: x\n  at y", resource: null, remedy: "" };
  const latest = { id: "op_1", action: "update", generation: 2, failure: null } as const;

  it("is never without a reason", () => {
    for (const state of ["queued", "running", "succeeded", "failed", "cancelled"] as const) {
      assert.notEqual(statusOf(row, { ...latest, state }).reason, "");
    }
    assert.notEqual(statusOf(row, undefined).reason, "");
  });

  it("carries the first line of what failed", () => {
    const status = statusOf(row, { ...latest, state: "failed", failure });
    assert.deepEqual(status, {
      state: "failed",
      reason: "Its update failed: AccessDenied: x",
      operation: "op_1",
    });
  });
});

describe("a lease's owner", () => {
  it("is a host and a process that cannot be taken for a later one", () => {
    assert.deepEqual(parseOwner("vm:12:345"), { host: "vm", process: { pid: 12, began: "345" } });
    assert.equal(parseOwner("nonsense"), undefined);
    assert.equal(parseOwner(null), undefined);
  });
});
