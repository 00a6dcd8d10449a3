import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogStream } from "../../../../../local/aws/logs/stream.ts";

describe("a log stream's file", () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "log-stream-"));
    file = join(folder, "a.ndjson");
  });
  after(() => rmSync(folder, { recursive: true }));

  const fill = (count: number) =>
    Array.from({ length: count }, (_one, n) => ({
      timestamp: 1000 + n,
      message: `line ${n} é${"x".repeat(100)}`,
    }));

  it("gives back what was appended, by time, and after it was opened again", () => {
    const stream = LogStream.create(file, "worker/main/1", 5);
    stream.append(fill(3000), 9);
    const read = (from: LogStream, start: number, end: number) => [...from.events({ start, end })];
    for (const one of [stream, LogStream.open(file)!]) {
      assert.equal([...one.events({})].length, 3000);
      const some = read(one, 2500, 2503);
      assert.deepEqual(
        some.map(({ timestamp }) => timestamp),
        [2500, 2501, 2502],
      );
      assert.equal(some[0]?.message.startsWith("line 1500 é"), true);
      assert.deepEqual([one.name, one.firstEvent, one.lastEvent], ["worker/main/1", 1000, 3999]);
      const again = [...one.events({ from: some[1]!.offset })];
      assert.equal(again[0]?.timestamp, 2501);
    }
  });

  it("drops a last line that was cut off, and goes on after it", () => {
    appendFileSync(file, '{"t":1,"i":2,"m":"half');
    const stream = LogStream.open(file)!;
    stream.append([{ timestamp: 5000, message: "whole" }], 10);
    const all = [...LogStream.open(file)!.events({})];
    assert.equal(all.length, 3001);
    assert.equal(all.at(-1)?.message, "whole");
  });
});
