import assert from "node:assert/strict";
import fc from "fast-check";
import { readSettings, stackConfig } from "../../../infra/config.ts";
import { ProgramError } from "../../../infra/errors.ts";
import type { StackSettingsInput } from "../../../infra/settings.ts";
import { pipeline } from "./clouds.ts";

function read(config: Readonly<Record<string, { value: string }>>) {
  return readSettings((key) => config[`causeway:${key}`]?.value);
}

function refusal(settings: unknown): string {
  try {
    stackConfig(settings as StackSettingsInput);
  } catch (error) {
    assert.ok(error instanceof ProgramError);
    assert.equal(error.code, "config-invalid");
    return error.message;
  }
  assert.fail("Expected a refusal.");
}

describe("A stack's config", () => {
  it("is read as it was written, defaults filled in", () => {
    const written = {
      environment: "dev",
      foundation: { zones: 3 as const },
      pipeline: pipeline(),
      sasAnchor: "2026-11-21",
    };
    const settings = read(stackConfig(written));
    assert.equal(settings.foundation?.zones, 3);
    assert.equal(settings.foundation.logRetentionDays, 30);
    assert.equal(settings.pipeline?.tenant, "acme");
    assert.equal(settings.sasAnchor, "2026-11-21");
  });

  it("keeps data when something is destroyed, but not in the environment that is meant to be thrown away", () => {
    assert.equal(read(stackConfig({ environment: "prod", foundation: {} })).data, "keep");
    assert.equal(read(stackConfig({ environment: "local", foundation: {} })).data, "delete");
    assert.equal(
      read(stackConfig({ environment: "local", foundation: {}, data: "keep" })).data,
      "keep",
    );
  });

  it("says of every key that is wrong what was expected and what was got", () => {
    const message = refusal({
      environment: "Prod",
      foundation: { zones: 5, colour: "red" },
      sasAnchor: "yesterday",
    });
    assert.match(message, /causeway:environment: Expected an environment name: .*, got "Prod"\./);
    assert.match(
      message,
      /causeway:foundation\/zones: Expected 2 or 3 availability zones, got 5\./,
    );
    assert.match(
      message,
      /causeway:foundation\/colour: Expected only the fields .*, got "colour"\./,
    );
    assert.match(
      message,
      /causeway:sasAnchor: Expected a date such as "2026-01-31", got "yesterday"\./,
    );
  });

  it("either builds a foundation or refers to one", () => {
    assert.match(
      refusal({ environment: "dev" }),
      /Expected foundation .* or foundationStack .*, got neither/,
    );
    const both = {
      environment: "dev",
      foundation: {},
      foundationStack: "organization/causeway/foundation-dev",
      pipeline: pipeline(),
    };
    assert.match(refusal(both), /Expected either foundation .* or foundationStack .*, got both/);
    assert.match(
      refusal({ environment: "dev", foundationStack: "organization/causeway/f" }),
      /Expected a pipeline/,
    );
    assert.match(
      refusal({ environment: "dev", foundationStack: "f", pipeline: pipeline() }),
      /organization\/project\/stack/,
    );
  });

  for (const address of [
    "10.0.0.1",
    "192.168.1.1",
    "203.0.113.7/32",
    "203.0.113.0/24",
    "::1",
    "127.0.0.1",
    "0.0.0.0",
  ]) {
    it(`takes no ${address} into the account's firewall, since Azure would not either or it would open too much`, () => {
      assert.match(
        refusal({ environment: "dev", foundation: { allowedAddresses: [address] } }),
        /a public IPv4 address/,
      );
    });
  }

  it("takes any network that is private and whole", () => {
    const cidr = fc
      .tuple(fc.nat(255), fc.integer({ min: 16, max: 22 }))
      .map(([second, bits]) => `10.${second}.0.0/${bits}`);
    fc.assert(
      fc.property(
        cidr,
        (network) =>
          read(stackConfig({ environment: "dev", foundation: { cidr: network } })).foundation
            ?.cidr === network,
      ),
    );
    for (const network of [
      "11.0.0.0/16",
      "10.0.0.0/8",
      "10.0.0.0/24",
      "10.0.1.0/16",
      "10.0.0.0",
      "10.0.0.0/016",
    ]) {
      assert.match(
        refusal({ environment: "dev", foundation: { cidr: network } }),
        /a private IPv4 network/,
        network,
      );
    }
  });

  it("that is no JSON is refused by its key", () => {
    assert.throws(
      () => readSettings((key) => (key === "pipeline" ? "{tenant" : undefined)),
      /causeway:pipeline: Expected JSON/,
    );
  });
});
