import assert from "node:assert/strict";
import { ArmError } from "../../../../local/azure/arm/errors.ts";
import type { ServiceSasParameters } from "../../../../local/azure/arm/model.ts";
import { accountSas, serviceSas } from "../../../../local/azure/arm/sas.ts";

const key = Buffer.alloc(64, 7).toString("base64");
const container: ServiceSasParameters = {
  canonicalizedResource: "/blob/landing/data",
  resource: "c",
  permissions: "racwl",
  sharedAccessStartTime: "2025-01-01T00:00:00Z",
  sharedAccessExpiryTime: "2025-04-01T00:00:00.000Z",
  protocols: "https",
};

const without = (name: keyof ServiceSasParameters) => ({ ...container, [name]: undefined });

describe("A service SAS", () => {
  it("is the same for the same parameters, so that an unchanged program has no diff", () => {
    assert.equal(
      serviceSas("landing", key, container),
      serviceSas("landing", key, { ...container }),
    );
  });

  it("says what it allows in ARM's order, with times in whole seconds", () => {
    const token = serviceSas("landing", key, container);
    assert.match(
      token,
      /^sv=2015-04-05&sr=c&st=2025-01-01T00%3A00%3A00Z&se=2025-04-01T00%3A00%3A00Z&sp=racwl&spr=https&sig=[\w%]+$/,
    );
  });

  it("changes its signature with the key and with every parameter that it is signed over", () => {
    const signature = (token: string) => new URLSearchParams(token).get("sig");
    const base = signature(serviceSas("landing", key, container));
    const others = [
      { ...container, permissions: "r" },
      { ...container, sharedAccessExpiryTime: "2025-04-01T00:00:01Z" },
      { ...container, canonicalizedResource: "/blob/landing/other" },
      { ...container, identifier: "policy" },
      without("protocols"),
    ];
    for (const other of others) {
      assert.notEqual(signature(serviceSas("landing", key, other)), base);
    }
    const otherKey = Buffer.alloc(64, 8).toString("base64");
    assert.notEqual(signature(serviceSas("landing", otherKey, container)), base);
  });

  it("needs permissions and an end, unless a stored access policy gives them", () => {
    assert.throws(() => serviceSas("landing", key, without("permissions")), ArmError);
    assert.throws(() => serviceSas("landing", key, without("sharedAccessExpiryTime")), ArmError);
    const { canonicalizedResource } = container;
    const byPolicy = serviceSas("landing", key, { canonicalizedResource, identifier: "policy" });
    assert.match(byPolicy, /^sv=2015-04-05&sr=c&si=policy&sig=/);
  });

  for (const [what, parameters] of Object.entries({
    "another account's container": { ...container, canonicalizedResource: "/blob/other/data" },
    "a whole account": { ...container, canonicalizedResource: "/blob/landing" },
    "an unknown permission": { ...container, permissions: "rq" },
    "a time that is none": { ...container, sharedAccessExpiryTime: "soon" },
    "an end before its start": { ...container, sharedAccessExpiryTime: "2024-01-01" },
    "http alone": { ...container, protocols: "http" },
    "a resource that does not fit": { ...container, resource: "b" },
  })) {
    it(`is not made for ${what}`, () => {
      assert.throws(
        () => serviceSas("landing", key, parameters),
        (error: ArmError) => error.code === "InvalidValuesForRequestParameters",
      );
    });
  }
});

describe("An account SAS", () => {
  it("names its services and resource types", () => {
    const token = accountSas("landing", key, {
      services: "b",
      resourceTypes: "sco",
      permissions: "rl",
      sharedAccessExpiryTime: "2025-04-01T00:00:00Z",
    });
    assert.match(token, /^sv=2015-04-05&ss=b&srt=sco&sp=rl&se=2025-04-01T00%3A00%3A00Z&sig=/);
  });
});
