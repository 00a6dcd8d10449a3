import assert from "node:assert/strict";
import { BadJob } from "../../../runtime/errors.ts";
import { CopyJob, type CopyJobInput } from "../../../runtime/job.ts";
import { beatFile } from "../../../runtime/health/beat-file.ts";
import { readSettings } from "../../../runtime/settings.ts";

const job: CopyJobInput = {
  kind: "copy",
  tenant: "acme",
  pipeline: "exports",
  generation: 3,
  source: { bucket: "source", region: "eu-west-1" },
  targets: [
    {
      name: "az",
      type: "azure-blob",
      account: "acct",
      endpoint: "https://acct.blob.core.windows.net",
      container: "landing",
      sasParameter: "/causeway/acme/exports/az",
    },
  ],
  queue: {
    url: "https://sqs.eu-west-1.amazonaws.com/1/q",
    deadLetterUrl: "http://127.0.0.1:4566/1/d",
  },
  ledger: { bucket: "ledger", prefix: "ledger/acme/exports/" },
};

describe("what a worker is told", () => {
  it("has every default filled in", () => {
    const read = readSettings({ CAUSEWAY_JOB: JSON.stringify(job) }).job;
    const { limits, deletes, source, by, archived, tiers, tags, trust } = read;
    assert.deepEqual(limits, { objects: 64, ranges: 8, bufferBytes: 100663296, receives: 4 });
    assert.deepEqual(deletes, { mode: "ignore" });
    assert.deepEqual([source.prefix, source.addressing, source.requesterPays], ["", "auto", false]);
    assert.deepEqual(
      [by, archived.do, tiers, tags, trust],
      ["auto", "hold", "map", "ignore", "checksum"],
    );
  });

  for (const [what, env, said] of [
    ["nothing", {}, /CAUSEWAY_JOB is not set/],
    ["no JSON", { CAUSEWAY_JOB: "{" }, /CAUSEWAY_JOB is not JSON/],
    ["a field too many", { CAUSEWAY_JOB: JSON.stringify({ ...job, colour: 1 }) }, /colour/],
    ["no target", { CAUSEWAY_JOB: JSON.stringify({ ...job, targets: [] }) }, /targets/],
    [
      "a bad grace",
      { CAUSEWAY_JOB: JSON.stringify(job), CAUSEWAY_GRACE_SECONDS: "soon" },
      /CAUSEWAY_GRACE_SECONDS/,
    ],
  ] as const) {
    it(`is refused by name when it is wrong: ${what}`, () => {
      assert.throws(
        () => readSettings(env),
        (error: Error) => error instanceof BadJob && said.test(error.message),
      );
    });
  }

  it("can be parsed from what was parsed", () => {
    const parsed = CopyJob.parse(job);
    assert.deepEqual(CopyJob.parse(JSON.parse(JSON.stringify(parsed))), parsed);
  });

  it("gives tasks on one host files of their own for their health", () => {
    const one = beatFile({ AWS_CONTAINER_AUTHORIZATION_TOKEN: "a" });
    assert.notEqual(one, beatFile({ AWS_CONTAINER_AUTHORIZATION_TOKEN: "b" }));
    assert.equal(one, beatFile({ AWS_CONTAINER_AUTHORIZATION_TOKEN: "a", PATH: "x" }));
    assert.ok(!one.includes("AUTHORIZATION"));
  });
});
