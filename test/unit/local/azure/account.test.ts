import assert from "node:assert/strict";
import { changedAccount, newAccount } from "../../../../local/azure/arm/account.ts";
import { ArmError } from "../../../../local/azure/arm/errors.ts";
import { Lanes } from "../../../../local/azure/arm/lanes.ts";
import { accountFromWire, accountToWire } from "../../../../local/azure/arm/wire.ts";

const needed = { location: "westeurope", kind: "StorageV2", sku: { name: "Standard_LRS" } };
const now = new Date("2025-01-01T00:00:00Z");

describe("A storage account", () => {
  it("is closed to strangers and open to the network unless it is told otherwise", () => {
    const account = newAccount("g", "landing", needed, now);
    assert.equal(account.allowBlobPublicAccess, false);
    assert.equal(account.enableHttpsTrafficOnly, true);
    assert.equal(account.networkRuleSet.defaultAction, "Allow");
    assert.deepEqual(account.sku, { name: "Standard_LRS", tier: "Standard" });
  });

  it("needs a location, a kind and a sku", () => {
    for (const field of ["location", "kind", "sku"]) {
      assert.throws(() => newAccount("g", "a", { ...needed, [field]: undefined }, now), ArmError);
    }
  });

  it("keeps what a change leaves out, and cannot move", () => {
    const account = newAccount("g", "landing", { ...needed, minimumTlsVersion: "TLS1_3" }, now);
    const changed = changedAccount(account, { tags: { a: "b" }, location: "West Europe" });
    assert.equal(changed.minimumTlsVersion, "TLS1_3");
    assert.equal(changed.location, "westeurope");
    assert.deepEqual(changed.tags, { a: "b" });
    assert.throws(
      () => changedAccount(account, { location: "northeurope" }),
      (error: ArmError) => error.status === 409 && error.code === "InvalidResourceLocation",
    );
  });

  it("comes back from ARM's wire form as it went", () => {
    const networkRuleSet = {
      defaultAction: "Deny" as const,
      ipRules: [{ iPAddressOrRange: "203.0.113.5" }],
    };
    const account = newAccount("g", "landing", { ...needed, networkRuleSet }, now);
    const wire = accountToWire({ ...account, primaryEndpoints: { blob: "http://x/" } });
    const again = newAccount("g", "landing", accountFromWire(wire), now);
    assert.deepEqual(again, account);
  });
});

describe("Lanes", () => {
  it("run work on one key in order, also after a failure, and other keys meanwhile", async () => {
    const lanes = new Lanes();
    const log: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const first = lanes.run("a", async () => {
      await gate.promise;
      log.push("first");
      throw new Error("fails");
    });
    const second = lanes.run("a", () => Promise.resolve(log.push("second")));
    await lanes.run("b", () => Promise.resolve(log.push("other")));
    gate.resolve(undefined);
    await assert.rejects(first, /fails/);
    await second;
    assert.deepEqual(log, ["other", "first", "second"]);
  });
});
