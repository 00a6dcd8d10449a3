import assert from "node:assert/strict";
import { Causes } from "../../../cli/progress/causes.ts";
import { displayLines, showEta } from "../../../cli/progress/display.ts";
import { Estimate } from "../../../cli/progress/estimate.ts";
import { Screen } from "../../../cli/progress/screen.ts";
import { shareOf, type Snapshot } from "../../../cli/progress/snapshot.ts";
import { closes, summaryLines, type Summary } from "../../../cli/progress/summary.ts";
import type { LedgerRecord } from "../../../runtime/ledger/entry.ts";

const none = { copied: 0, unchanged: 0, deleted: 0, skipped: 0, held: 0, failed: 0, bytes: 0 };

function snapshot(over: Partial<Snapshot> = {}): Snapshot {
  return {
    ms: 0,
    counting: false,
    found: { objects: 1000, bytes: 1e9 },
    totals: none,
    settledBytes: 0,
    movedBytes: 0,
    inFlight: 0,
    retries: 0,
    throttled: 0,
    windows: [32],
    ...over,
  };
}

describe("the share that is done", () => {
  it("is unknown while counting, and never all before every object is settled", () => {
    assert.equal(shareOf(snapshot({ counting: true })), undefined);
    const almost = { ...none, copied: 999, bytes: 1e9 };
    const share = shareOf(snapshot({ totals: almost, settledBytes: 1e9, movedBytes: 1.2e9 }));
    assert.ok(share !== undefined && share < 1, `Got ${share}`);
    assert.equal(shareOf(snapshot({ totals: { ...none, copied: 990, failed: 10 } })), 1);
  });

  it("moves within one large object", () => {
    const one = snapshot({ found: { objects: 1, bytes: 1e9 }, movedBytes: 5e8 });
    assert.equal(shareOf(one), 0.5);
  });

  it("is all where there is nothing", () => {
    assert.equal(shareOf(snapshot({ found: { objects: 0, bytes: 0 } })), 1);
  });
});

describe("an estimate", () => {
  const after = (seconds: number, perSecond: (second: number) => number): Estimate => {
    const estimate = new Estimate();
    let copied = 0;
    for (let second = 1; second <= seconds; second += 1) {
      copied += perSecond(second);
      const found = { objects: 100_000, bytes: 0 };
      estimate.add(snapshot({ ms: second * 1000, found, totals: { ...none, copied } }));
    }
    return estimate;
  };

  it("is counting while the source is being listed", () => {
    const estimate = new Estimate();
    estimate.add(snapshot({ ms: 1000, counting: true, totals: { ...none, copied: 5 } }));
    assert.equal(estimate.eta(), undefined);
    assert.equal(showEta(undefined, 0), "ETA counting");
    assert.equal(showEta({ least: 0, most: 0 }, 0), "closing the books");
  });

  it("is within 20 % at a steady pace, after a tenth", () => {
    const { least, most } = after(10, () => 1000).eta()!;
    for (const ms of [least, most]) assert.ok(Math.abs(ms / 90_000 - 1) < 0.2, `Got ${ms}`);
  });

  it("is a range where the pace has changed, from the recent one to the long one", () => {
    const { least, most } = after(40, (second) => (second <= 30 ? 1000 : 200)).eta()!;
    const left = 100_000 - 32_000;
    assert.ok(Math.abs(most / ((left / 200) * 1000) - 1) < 0.05, `Got ${most}`);
    assert.ok(least < most / 2, `Got ${least}`);
  });

  it("goes by the bytes where they hold the run up", () => {
    const estimate = new Estimate();
    const found = { objects: 101, bytes: 1e10 };
    const totals = { ...none, copied: 100 };
    estimate.add(snapshot({ ms: 10_000, found, totals, movedBytes: 1e9 }));
    assert.ok(estimate.eta()!.least >= 85_000);
  });
});

describe("the display", () => {
  it("says what is done, what goes on and when it ends, within the terminal's width", () => {
    const estimate = new Estimate();
    const totals = { ...none, copied: 400, failed: 2, bytes: 4e8 };
    const now = snapshot({
      ms: 10_000,
      totals,
      settledBytes: 4e8,
      movedBytes: 4e8,
      inFlight: 64,
      retries: 3,
      throttled: 1,
      windows: [64, 128],
    });
    estimate.add(now);
    const at = new Date(2026, 0, 1, 12, 0, 0).getTime();
    const lines = displayLines(now, estimate, { columns: 200, color: false, now: at });
    assert.match(
      lines[0]!,
      /40\.0 % {2}402 of 1,000 objects {2}400 MB moved {2}40\.0 MB\/s {2}40\/s {2}ETA 15 s, by 12:00/,
    );
    assert.match(
      lines[1]!,
      /400 copied .* 2 failed {2}64 in flight {2}window 64\/128 {2}3 retries {2}1 throttled/,
    );
    for (const line of displayLines(now, estimate, { columns: 40, color: true, now: at })) {
      assert.ok(line.replace(/\u001b\[\d+m/g, "").length < 40);
    }
  });

  it("uses colour only where it is wanted", () => {
    const failed = snapshot({ totals: { ...none, failed: 1 } });
    const draw = (color: boolean): string =>
      displayLines(failed, new Estimate(), { columns: 200, color, now: 0 }).join("");
    assert.ok(draw(true).includes("\u001b["));
    assert.ok(!draw(false).includes("\u001b["));
  });

  it("is drawn over itself, below what is printed", () => {
    let text = "";
    const screen = new Screen({ write: (part) => (text += part) });
    screen.draw(["a", "b"]);
    screen.print("said");
    screen.draw(["c", "d"]);
    screen.clear();
    assert.equal(text, "a\nb\n\u001b[2A\u001b[0Jsaid\nc\nd\n\u001b[2A\u001b[0J");
  });
});

describe("causes", () => {
  it("are grouped, counted, with a few examples, the most frequent first", () => {
    const causes = new Causes();
    for (let index = 0; index < 12; index += 1)
      causes.add(record("failed", "AccessDenied", `k${index}`));
    causes.add(record("held", "Archived", "h"));
    causes.add(record("failed", "NoSuchKey", "x"));
    causes.add(record("copied", null, "y"));
    const list = causes.list();
    assert.deepEqual(
      list.map((one) => [one.state, one.class, one.count, one.examples.length]),
      [
        ["failed", "AccessDenied", 12, 5],
        ["failed", "NoSuchKey", 1, 1],
        ["held", "Archived", 1, 1],
      ],
    );
  });
});

describe("the summary", () => {
  const fine: Summary = {
    run: "r",
    source: "s3://src/",
    target: "azure://dst/",
    dryRun: false,
    stopped: undefined,
    ms: 12_000,
    found: { objects: 120, bytes: 2e9 },
    totals: { ...none, copied: 100, unchanged: 20, bytes: 1.5e9 },
    how: { url: 10, stream: 90 },
    causes: [],
    retries: 3,
    throttled: 1,
    requests: 345,
    cost: 0.0123,
    withheld: undefined,
    cpuSeconds: 1.25,
    peakBytes: 1.2e8,
    ledger: "/state/runs/r",
    again: undefined,
  };

  it("answers first, then closes the books", () => {
    const lines = summaryLines(fine);
    assert.equal(
      lines[0],
      "s3://src/ -> azure://dst/: copied 100 objects (1.50 GB) in 12 s. Everything has arrived.",
    );
    assert.equal(
      lines[1],
      "books    120 found (2.00 GB) = 100 copied + 20 unchanged + 0 skipped + 0 held + 0 failed",
    );
    assert.match(lines.join("\n"), /125 MB\/s, 8 objects\/s; 10 by URL, 90 through here/);
    assert.match(lines.join("\n"), /345, 3 retries, 1 throttled; about \$0\.012/);
  });

  it("does not say that books close which do not", () => {
    assert.ok(closes(fine));
    assert.ok(!closes({ ...fine, found: { objects: 121, bytes: 1 } }));
    assert.ok(!closes({ ...fine, found: undefined }));
    assert.match(summaryLines({ ...fine, found: { objects: 121, bytes: 1 } })[1]!, / is not /);
    assert.match(summaryLines({ ...fine, found: undefined })[1]!, /not closed/);
  });

  it("lists what failed by cause, the ledger, and the command that does it again", () => {
    const causes = new Causes();
    for (let index = 0; index < 7; index += 1)
      causes.add(record("failed", "AccessDenied", `k${index}`));
    const text = summaryLines({
      ...fine,
      totals: { ...fine.totals, copied: 93, failed: 7 },
      causes: causes.list(),
      again: "causeway copy s3://src/ azure://dst/",
    }).join("\n");
    assert.match(text, /; 7 failed\.\n/);
    assert.match(
      text,
      /failed {3}7 with AccessDenied at s3:GetObject: because\n {9}k0, k1, k2, k3, k4, and 2 more/,
    );
    assert.match(text, /ledger {3}\/state\/runs\/r\nagain {4}causeway copy/);
  });

  it("says of a dry run that nothing was changed, and of deletions past the cap that none was", () => {
    const text = summaryLines({
      ...fine,
      dryRun: true,
      withheld: { count: 50, why: "50 deletions are more than the cap of 10" },
    }).join("\n");
    assert.match(text, /would copy 100 objects .* Nothing was changed\./);
    assert.match(text, /deletes {2}none was made: 50 deletions are more than the cap of 10\./);
  });
});

function record(state: LedgerRecord["state"], kind: string | null, key: string): LedgerRecord {
  return {
    at: "2026-01-01T00:00:00.000Z",
    target: "target",
    key,
    state,
    reason: kind === null ? null : "because",
    class: kind,
    action: kind === null ? null : "s3:GetObject",
    pin: null,
    size: 1,
    how: null,
    checksum: null,
    name: null,
    startedAt: "2026-01-01T00:00:00.000Z",
    seconds: 0,
    attempts: 1,
  };
}
