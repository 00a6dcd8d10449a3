import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../../../runtime/decide/decide.ts";
import { decideListed } from "../../../../runtime/decide/listed.ts";
import { marksOf } from "../../../../runtime/decide/marks.ts";
import type { SourceObject, TargetSide } from "../../../../runtime/stores/contract.ts";
import { listed, sourceObject } from "../fakes.ts";
import { ignore } from "../copy/work.ts";

const object = sourceObject("k", "body");
const version = { version: "v1", etag: object.pin.etag, text: "v1" };
const versioned = sourceObject("k", "body", { pin: version });

type Present = TargetSide & { state: "present" };

function target(over: Partial<Present> = {}): Present {
  return { state: "present", etag: '"t"', size: 4, marks: undefined, marksAre: "seen", ...over };
}

describe("two listings alone", () => {
  for (const [what, source] of [
    ["a bucket without versions", object],
    ["a bucket with versions, which listings do not show", versioned],
  ] as const) {
    it(`leave what a copy of ours has marked, from ${what}`, () => {
      const marks = marksOf(source, "w");
      assert.equal(decideListed(listed(source), target({ marks })), "unchanged");
      const written = { ...listed(source), modified: Date.parse(source.modified) + 1000 };
      assert.equal(decideListed(written, target({ marks })), "candidate");
      assert.equal(decideListed({ ...listed(source), etag: "x" }, target({ marks })), "candidate");
      assert.equal(decideListed(listed(source), target({ marks, size: 3 })), "candidate");
    });
  }

  it("compare whole seconds where the source lists milliseconds", () => {
    const source = { ...listed(object), modified: Date.parse(object.modified) + 250 };
    assert.equal(decideListed(source, target({ marks: marksOf(object, "w") })), "unchanged");
  });

  it("never take the same size alone for the same bytes", () => {
    assert.equal(decideListed(listed(object), target()), "candidate");
    assert.equal(decideListed(listed(object), target({ marksAre: "unseen" })), "candidate");
  });

  it("take an MD5 that is the source's ETag for the same bytes", () => {
    assert.equal(decideListed(listed(object), target({ md5: object.md5! })), "unchanged");
    assert.equal(decideListed(listed(object), target({ md5: Buffer.alloc(16) })), "candidate");
  });

  it("take equal ETags on S3 for the same bytes, but not for the same metadata when the source is newer", () => {
    const etag = `"${object.pin.etag}"`;
    const modified = Date.parse(object.modified);
    const s3 = target({ etag, marksAre: "unseen", modified });
    assert.equal(decideListed(listed(object), s3), "unchanged");
    assert.equal(decideListed(listed(object), { ...s3, modified: modified - 1000 }), "candidate");
  });

  it("trust size and time only where they are told to, and only a target that is not older", () => {
    const modified = Date.parse(object.modified);
    const same = target({ modified });
    assert.equal(decideListed(listed(object), same), "candidate");
    assert.equal(decideListed(listed(object), same, "size-and-time"), "unchanged");
    const older = target({ modified: modified - 1000 });
    assert.equal(decideListed(listed(object), older, "size-and-time"), "candidate");
    const marks = { ...marksOf(object, "w"), pin: "another" };
    assert.equal(
      decideListed(listed(object), target({ modified, marks }), "size-and-time"),
      "candidate",
    );
  });

  it("call nothing unchanged that a look at both sides would copy", () => {
    const etags = fc.constantFrom("a".repeat(32), "b".repeat(32), "c-2");
    const seconds = fc.integer({ min: 0, max: 2 }).map((at) => Date.UTC(2026, 0, 1, 0, 0, at));
    const sources = fc.record({ etag: etags, modified: seconds, size: fc.nat({ max: 2 }) });
    fc.assert(
      fc.property(
        sources,
        sources,
        fc.constantFrom("marks", "md5", "nothing"),
        fc.constantFrom("checksum" as const, "size-and-time" as const),
        seconds,
        (now, copied, shows, trust, at) => {
          const source = objectOf(now);
          const marks = shows === "marks" ? marksOf(objectOf(copied), "w") : undefined;
          const md5 = shows === "md5" ? objectOf(copied).md5 : undefined;
          const side = target({
            size: copied.size,
            modified: at,
            marks,
            ...(md5 === undefined ? {} : { md5 }),
          });
          if (decideListed(listed(source), side, trust) === "candidate") return;
          const decision = decide({ state: "present", object: source }, side, { ...ignore, trust });
          assert.equal(decision.do, "unchanged");
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function objectOf(shape: { etag: string; modified: number; size: number }): SourceObject {
  const { etag, modified, size } = shape;
  const looksLikeMd5 = etag.length === 32;
  return {
    key: "k",
    pin: { etag, text: etag },
    size,
    modified: new Date(modified).toISOString(),
    content: {},
    metadata: {},
    ...(looksLikeMd5 ? { md5: Buffer.from(etag, "hex") } : {}),
  };
}
