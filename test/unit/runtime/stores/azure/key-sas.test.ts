import assert from "node:assert/strict";
import { scrub } from "../../../../../runtime/secrets.ts";
import { KeySas } from "../../../../../runtime/stores/azure/key-sas.ts";

const key = Buffer.from("a key of the account").toString("base64");

describe("a SAS that is made from the account's key", () => {
  const clock = { now: Date.parse("2026-01-31T12:00:00Z") };
  const sas = new KeySas(
    { account: "acct", key, container: "data", protocol: "https" },
    () => clock.now,
  );

  it("is one until a quarter of an hour before it ends, then another", () => {
    const first = sas.get();
    assert.equal(first.expires?.toISOString(), "2026-01-31T13:00:00.000Z");
    clock.now += 44 * 60_000;
    assert.equal(sas.get(), first);
    clock.now += 2 * 60_000;
    assert.notEqual(sas.get().token, first.token);
    assert.equal(sas.expired(first), false);
  });

  it("is never written", () => {
    assert.ok(!scrub(`PUT /data/x?${sas.get().token}`).includes("sig="));
    assert.ok(!sas.get().token.includes(key));
  });

  it("has no other when Azure refuses it: the key is wrong", async () => {
    assert.equal(await sas.refresh(), false);
  });
});
