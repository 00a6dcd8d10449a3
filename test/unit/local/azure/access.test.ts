import assert from "node:assert/strict";
import { newAccount } from "../../../../local/azure/arm/account.ts";
import type { AccountRow, StorageAccountArgs } from "../../../../local/azure/arm/model.ts";
import { refusal } from "../../../../local/azure/front/access.ts";
import { denial } from "../../../../local/azure/front/denial.ts";
import { type BlobRequest, operationOf } from "../../../../local/azure/front/request.ts";

const outside = { sourceAddress: "198.51.100.10", secure: true };
const inside = { sourceAddress: "203.0.113.5", secure: true };

function account(args: StorageAccountArgs = {}): AccountRow {
  const needed = { location: "westeurope", kind: "StorageV2", sku: { name: "Standard_LRS" } };
  const key = { value: "AAAA", creationTime: "" };
  return {
    group: "g",
    account: newAccount("g", "landing", { ...needed, ...args }, new Date(0)),
    keys: [key, key],
    blobService: {},
  };
}

function request(over: Partial<BlobRequest> = {}): BlobRequest {
  return {
    method: "GET",
    target: "/landing/data/a",
    query: new URLSearchParams("sig=x"),
    headers: {},
    account: "landing",
    container: "data",
    blob: "a",
    operation: "Get Blob",
    credentials: "sas",
    ...over,
  };
}

const deny = {
  networkRuleSet: {
    defaultAction: "Deny" as const,
    ipRules: [{ iPAddressOrRange: "203.0.113.5" }],
  },
};

describe("An account", () => {
  it("that does not exist is said not to exist", () => {
    assert.equal(refusal(undefined, outside, request())?.status, 404);
  });

  it("refuses plain http unless it is told to take it", () => {
    const plain = { ...inside, secure: false };
    assert.equal(refusal(account(), plain, request())?.code, "AccountRequiresHttps");
    const lax = account({ enableHttpsTrafficOnly: false });
    assert.equal(refusal(lax, plain, request()), undefined);
  });

  it("behind a firewall answers 403 AuthorizationFailure to outsiders and nothing to those let in", () => {
    const error = refusal(account(deny), outside, request());
    assert.deepEqual([error?.status, error?.code], [403, "AuthorizationFailure"]);
    assert.equal(refusal(account(deny), inside, request()), undefined);
  });

  it("without public network access lets nobody in", () => {
    const closed = account({ publicNetworkAccess: "Disabled" });
    assert.equal(refusal(closed, inside, request())?.code, "AuthorizationFailure");
  });

  it("without public blobs refuses strangers, and containers that would be public", () => {
    const stranger = request({ credentials: "none" });
    assert.equal(refusal(account(), inside, stranger)?.code, "PublicAccessNotPermitted");
    const publisher = request({
      credentials: "shared key",
      headers: { "x-ms-blob-public-access": "blob" },
    });
    assert.equal(refusal(account(), inside, publisher)?.code, "PublicAccessNotPermitted");
    const open = account({ allowBlobPublicAccess: true });
    assert.equal(refusal(open, inside, stranger), undefined);
  });

  it("without shared keys refuses keys and what they signed", () => {
    const keyless = account({ allowSharedKeyAccess: false });
    for (const credentials of ["shared key", "sas"] as const) {
      const error = refusal(keyless, inside, request({ credentials }));
      assert.equal(error?.code, "KeyBasedAuthenticationNotPermitted");
    }
    const delegated = request({ query: new URLSearchParams("sig=x&skoid=1") });
    assert.equal(refusal(keyless, inside, delegated), undefined);
  });

  it("holds a SAS to the addresses that it is for", () => {
    const from = (sip: string) => request({ query: new URLSearchParams({ sig: "x", sip }) });
    assert.equal(refusal(account(), inside, from("203.0.113.5")), undefined);
    assert.equal(refusal(account(), inside, from("203.0.113.1-203.0.113.9")), undefined);
    const error = refusal(account(), inside, from("203.0.113.6-203.0.113.9"));
    assert.equal(error?.code, "AuthorizationSourceIPMismatch");
  });
});

describe("Credentials that are not good", () => {
  it("are AuthenticationFailed, so that nobody takes them for the firewall", () => {
    for (const credentials of ["shared key", "sas"] as const) {
      const error = denial(request({ credentials }), new Date());
      assert.deepEqual([error.status, error.code], [403, "AuthenticationFailed"]);
    }
  });

  it("say so when it is their time that is over", () => {
    const query = new URLSearchParams({ sig: "x", se: "2024-01-01T00:00:00Z" });
    const late = denial(request({ query }), new Date("2025-01-01"));
    assert.match(late.detail["AuthenticationErrorDetail"] ?? "", /not valid in the specified time/);
    const early = denial(request({ query }), new Date("2023-01-01"));
    assert.match(early.detail["AuthenticationErrorDetail"] ?? "", /did not match/);
  });

  it("when there are none, get 404 for a read and 401 for a write", () => {
    const now = new Date();
    assert.equal(denial(request({ credentials: "none" }), now).status, 404);
    assert.equal(denial(request({ credentials: "none", method: "PUT" }), now).status, 401);
    assert.equal(denial(request({ credentials: "bearer" }), now).status, 401);
  });
});

describe("A request's operation", () => {
  const put = (query: string, headers = {}) =>
    operationOf("PUT", "blob", new URLSearchParams(query), headers);
  const copy = { "x-ms-copy-source": "http://s/" };

  it("is told by method, place, comp and the copy headers", () => {
    assert.equal(put("comp=block&blockid=MQ%3D%3D"), "Put Block");
    assert.equal(put("comp=block&blockid=MQ%3D%3D", copy), "Put Block From URL");
    assert.equal(put(""), "Put Blob");
    assert.equal(put("", { ...copy, "x-ms-blob-type": "BlockBlob" }), "Put Blob From URL");
    assert.equal(put("", { ...copy, "x-ms-requires-sync": "true" }), "Copy Blob From URL");
    assert.equal(put("", copy), "Copy Blob");
    assert.equal(put("comp=blocklist"), "Put Block List");
    assert.equal(put("comp=lease"), "Lease Blob");
    assert.equal(put("comp=expiry"), "PUT blob expiry");
  });
});
