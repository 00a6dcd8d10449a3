import assert from "node:assert/strict";
import { torture } from "../torture/control/torture.ts";

/** A short one of `npm run torture:control`. CAUSEWAY_TORTURE_SEED repeats what a failure printed. */
const seed = Number(process.env.CAUSEWAY_TORTURE_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe("the control plane under kills", function () {
  this.timeout(300_000);
  const said: string[] = [];
  afterEach(function () {
    if (this.currentTest?.state === "failed") console.log(said.join("\n"));
  });

  it(`settles each operation once and builds what was last asked for, with seed ${seed}`, async () => {
    const wrong = await torture({
      ...{ seed, operations: 14, stacks: 4, instances: 1, killEverySeconds: 4 },
      ...{ postgres: "pglite", program: "small", keep: false },
      say: (line) => said.push(line),
    });
    assert.deepEqual(wrong, []);
  });
});
