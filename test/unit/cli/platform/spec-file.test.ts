import assert from "node:assert/strict";
import fc from "fast-check";
import { BadSpec, parseSpecFile } from "../../../../cli/platform/spec-file.ts";

const path = "pipelines/acme/exports.yaml";

function refusal(text: string | Uint8Array): BadSpec {
  try {
    parseSpecFile(path, typeof text === "string" ? Buffer.from(text) : text);
  } catch (error) {
    assert.ok(error instanceof BadSpec, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `taken: ${String(text)}` });
}

describe("a spec in a file", () => {
  it("is YAML 1.2 or JSON, and its place says whose it is", () => {
    const { tenant, name, spec } = parseSpecFile(path, Buffer.from("kind: copy\nnorway: no\n"));
    assert.deepEqual([tenant, name, spec], ["acme", "exports", { kind: "copy", norway: "no" }]);
    const other = parseSpecFile("/tmp/x.json", Buffer.from('{"kind": "copy"}'));
    assert.deepEqual([other.tenant, other.name], [undefined, "x"]);
  });

  it("shows where each field stands that the service may complain of", () => {
    const file = parseSpecFile(
      path,
      Buffer.from(
        "kind: copy\nsource: {type: s3, 'a/b': 1}\ntargets:\n  - type: s3\n  - name: x\n",
      ),
    );
    assert.deepEqual(file.locate("/spec/source/type"), { line: 2, column: 10 });
    assert.deepEqual(file.locate("/spec/source/a~1b"), { line: 2, column: 20 });
    assert.deepEqual(file.locate("/spec/targets/1/name"), { line: 5, column: 5 });
    assert.deepEqual(
      file.locate("/spec/source/bucket"),
      { line: 2, column: 1 },
      "the nearest around it",
    );
    assert.deepEqual(file.locate("/spec"), { line: 1, column: 1 });
  });

  it("is refused with line and column when it is no YAML", () => {
    assert.match(refusal("kind: copy\nkind: load\n").message, /exports\.yaml:2:1: .*unique/i);
    assert.match(refusal("kind: [\n").message, /exports\.yaml:\d+:\d+: /);
    assert.match(refusal("a: 1\n---\nb: 2\n").message, /several documents/);
    assert.match(refusal("").message, /empty/);
    assert.match(refusal("# nothing\n").message, /empty/);
    assert.match(refusal("- a\n").message, /Expected a spec/);
    assert.match(refusal(Uint8Array.of(0x6b, 0xff)).message, /UTF-8/);
    assert.match(refusal("a".repeat(300_000)).message, /262144/);
    assert.match(refusal("a: !secret b\n").message, /exports\.yaml:1:4: /);
  });

  it("does not grow beyond measure by its own references", () => {
    const bomb = Array.from({ length: 12 }, (_, index) =>
      index === 0 ? "a0: &a0 [x, x]" : `a${index}: &a${index} [${`*a${index - 1}, `.repeat(9)}]`,
    ).join("\n");
    assert.throws(() => parseSpecFile(path, Buffer.from(bomb)), BadSpec);
  });

  it("is taken or refused, whatever is in it", function () {
    this.timeout(30_000);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        try {
          const file = parseSpecFile(path, Buffer.from(text));
          file.locate("/spec/a/0/b");
        } catch (error) {
          assert.ok(error instanceof BadSpec, String(error));
        }
      }),
    );
  });
});
