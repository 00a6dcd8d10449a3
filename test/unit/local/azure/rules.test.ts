import assert from "node:assert/strict";
import fc from "fast-check";
import { ArmError } from "../../../../local/azure/arm/errors.ts";
import {
  checkAccountName,
  checkContainerName,
  checkNetworkRuleSet,
  covers,
  letsIn,
} from "../../../../local/azure/arm/rules.ts";

const rules = (...addresses: string[]) => ({
  defaultAction: "Deny" as const,
  ipRules: addresses.map((iPAddressOrRange) => ({ iPAddressOrRange })),
});

const refused = (code: string) => (error: unknown) => {
  assert.ok(error instanceof ArmError);
  assert.equal(error.code, code);
  return true;
};

describe("ARM's rules for names", () => {
  it("take an account of 3 to 24 lower-case letters and digits, and nothing else", () => {
    for (const name of ["abc", "0a1", "a".repeat(24)]) checkAccountName(name);
    for (const name of ["ab", "a".repeat(25), "Abc", "a-b", "a_b", "äbc", ""]) {
      assert.throws(() => checkAccountName(name), refused("AccountNameInvalid"), name);
    }
  });

  it("take a container of 3 to 63 with single hyphens inside, and nothing else", () => {
    for (const name of ["abc", "a-b", "a".repeat(63), "$root"]) checkContainerName(name);
    for (const name of ["ab", "a".repeat(64), "a--b", "-ab", "ab-", "Abc", "a_b"]) {
      assert.throws(() => checkContainerName(name), refused("ContainerOperationFailure"), name);
    }
  });
});

describe("ARM's rules for a firewall", () => {
  it("take public addresses and ranges up to /30", () => {
    checkNetworkRuleSet(rules("203.0.113.5", "198.51.100.0/24", "20.0.0.0/30"));
  });

  for (const address of [
    "203.0.113.5/32",
    "203.0.113.4/31",
    "10.1.2.3",
    "172.16.0.0/16",
    "172.31.255.255",
    "192.168.1.0/24",
    "2001:db8::1",
    "203.0.113",
    "203.0.113.5/0",
    "203.0.113.5/x",
    "example.org",
    "",
  ]) {
    it(`refuse ${JSON.stringify(address)}`, () => {
      assert.throws(
        () => checkNetworkRuleSet(rules(address)),
        refused("InvalidValuesForRequestParameters"),
      );
    });
  }

  it("refuse the 401st rule and an unknown bypass", () => {
    const many = Array.from({ length: 401 }, (_, i) => `20.0.${i >> 8}.${i & 255}`);
    assert.throws(() => checkNetworkRuleSet(rules(...many)), ArmError);
    checkNetworkRuleSet(rules(...many.slice(1)));
    assert.throws(() => checkNetworkRuleSet({ ...rules(), bypass: "Everyone" }), ArmError);
    checkNetworkRuleSet({ ...rules(), bypass: "Logging, Metrics" });
  });
});

describe("The firewall", () => {
  it("lets everybody in under Allow, whatever the rules say", () => {
    assert.ok(letsIn({ ...rules("203.0.113.5"), defaultAction: "Allow" }, "198.51.100.10"));
  });

  it("lets nobody in under Deny without rules, also with bypass AzureServices", () => {
    assert.equal(letsIn({ ...rules(), bypass: "AzureServices" }, "198.51.100.10"), false);
  });

  it("lets in exactly the addresses that a range holds", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octet, octet, fc.integer({ min: 24, max: 30 }), (host, other, bits) => {
        const size = 2 ** (32 - bits);
        const together = Math.floor(host / size) === Math.floor(other / size);
        assert.equal(covers(`203.0.113.${host}/${bits}`, `203.0.113.${other}`), together);
      }),
    );
  });

  it("compares a bare address whole", () => {
    assert.ok(letsIn(rules("203.0.113.5"), "203.0.113.5"));
    assert.equal(letsIn(rules("203.0.113.5"), "203.0.113.50"), false);
  });
});
