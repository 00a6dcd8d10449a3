import assert from "node:assert/strict";
import { otherTables } from "../../../service/db/applied.ts";

const expected = ["0001-first", "0002-more"];

describe("a database's tables", () => {
  it("are the program's when the migrations are", () => {
    assert.equal(otherTables(expected, ["0001-first", "0002-more"]), undefined);
  });

  it("are told older, newer or other, with what was expected and what was got", () => {
    const older = otherTables(expected, ["0001-first"]) ?? "";
    assert.match(
      older,
      /older .* expected the migrations up to 0002-more, got those up to 0001-first \(it lacks 0002-more\)/,
    );
    const newer = otherTables(expected, [...expected, "0003-new"]) ?? "";
    assert.match(
      newer,
      /newer .* up to 0002-more, got those up to 0003-new \(unknown here: 0003-new\)/,
    );
    const empty = otherTables(expected, []) ?? "";
    assert.match(empty, /got those up to none at all \(it lacks 0001-first, 0002-more\)/);
    const other = otherTables(expected, ["0001-first", "0002-theirs"]) ?? "";
    assert.match(other, /lacks 0002-more, and has 0002-theirs instead/);
  });
});
