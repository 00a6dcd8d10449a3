import assert from "node:assert/strict";
import type { LookupAddress, lookup } from "node:dns";
import { sharedLookup } from "../../../../runtime/http/wire/lookup.ts";

const addresses: LookupAddress[] = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((address) => ({
  address,
  family: 4,
}));

/** A platform's look-up that can be counted, and made to fail. */
function platform() {
  const asked: string[] = [];
  const state = { asked, fails: false, now: 0 };
  const resolve = (
    name: string,
    _options: unknown,
    answer: (error: Error | null, found: LookupAddress[]) => void,
  ): void => {
    asked.push(name);
    setImmediate(() => answer(state.fails ? new Error("ENOTFOUND") : null, addresses));
  };
  const look = sharedLookup(resolve as unknown as typeof lookup, () => state.now);
  const first = (name: string): Promise<string> =>
    new Promise((done, failed) => {
      look(name, { all: true }, (error, found) => {
        if (error !== null) failed(error);
        else done((found as LookupAddress[])[0]?.address ?? "");
      });
    });
  return { state, first, look };
}

describe("looking a name up", () => {
  it("is done once for connections that are opened together, which then spread over the addresses", async () => {
    const { state, first } = platform();
    const firsts = await Promise.all(["s3", "s3", "s3", "s3", "blob"].map(first));
    assert.deepEqual(state.asked, ["s3", "blob"]);
    assert.deepEqual(firsts, ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1", "10.0.0.1"]);
  });

  it("is done again after a while, and at once after a failure", async () => {
    const { state, first } = platform();
    await first("s3");
    state.now = 6_000;
    await first("s3");
    assert.equal(state.asked.length, 2);
    state.now = 12_000;
    state.fails = true;
    await assert.rejects(first("s3"), /ENOTFOUND/);
    state.fails = false;
    await first("s3");
    assert.equal(state.asked.length, 4);
  });

  it("gives one address to whoever asks for one", async () => {
    const { look } = platform();
    const found = await new Promise((done) => {
      look("s3", {}, (_error, address, family) => done([address, family]));
    });
    assert.deepEqual(found, ["10.0.0.1", 4]);
  });
});
