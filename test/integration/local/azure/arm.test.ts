import assert from "node:assert/strict";
import { ArmError } from "../../../../local/azure/arm/errors.ts";
import type { NetworkRuleSet } from "../../../../local/azure/arm/model.ts";
import { LocalAzure } from "../../../../local/azure/azure.ts";
import { containerOf, createAccount, group, needed, refusalOf } from "./fixture.ts";

const nat = "203.0.113.5";
const only = (...addresses: string[]): NetworkRuleSet => ({
  defaultAction: "Deny",
  ipRules: addresses.map((iPAddressOrRange) => ({ iPAddressOrRange })),
});

async function armError(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof ArmError, String(error));
    return `${error.status} ${error.code}`;
  }
  return "accepted";
}

describe("Resource Manager", () => {
  let azure: LocalAzure;
  before(async () => {
    azure = await LocalAzure.start({ port: 0 });
  });
  after(() => azure.close());

  it("knows what exists, and nothing of it once its group is deleted", async () => {
    await createAccount(azure, "inventory");
    const ids = await azure.inventory();
    const account = `/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/inventory`;
    assert.deepEqual(ids.slice(1), [account, `${account}/blobServices/default/containers/data`]);
    await azure.arm.deleteResourceGroup(group.toUpperCase());
    assert.deepEqual(await azure.inventory(), []);
  });

  it("gives an account its endpoint on the front, two different keys, and takes no name twice", async () => {
    await createAccount(azure, "landing");
    const account = await azure.arm.getStorageAccount(group, "landing");
    assert.equal(account.primaryEndpoints.blob, `${azure.endpoint}/landing/`);
    const { keys } = await azure.arm.listKeys(group, "landing");
    assert.notEqual(keys[0]?.value, keys[1]?.value);
    await azure.arm.putResourceGroup("other", { location: "westeurope" });
    const again = azure.arm.putStorageAccount("other", "landing", needed);
    assert.equal(await armError(again), "409 StorageAccountAlreadyTaken");
  });

  it("says what is not there", async () => {
    const { arm } = azure;
    assert.equal(await armError(arm.getResourceGroup("none")), "404 ResourceGroupNotFound");
    assert.equal(
      await armError(arm.putStorageAccount("none", "abc", needed)),
      "404 ResourceGroupNotFound",
    );
    assert.equal(await armError(arm.getStorageAccount(group, "none")), "404 ResourceNotFound");
    assert.equal(await armError(arm.listKeys("other", "landing")), "404 ResourceNotFound");
    assert.equal(
      await armError(arm.getContainer(group, "landing", "none")),
      "404 ContainerNotFound",
    );
    assert.equal(await armError(arm.deleteStorageAccount(group, "none")), "accepted");
    assert.equal(await armError(arm.deleteContainer(group, "landing", "none")), "accepted");
  });

  it("sees containers as they are, whoever made or deleted them", async () => {
    const container = await azure.arm.putContainer(group, "landing", "drifting", {
      metadata: { owner: "acme" },
    });
    assert.deepEqual(container.metadata, { owner: "acme" });
    const changed = await azure.arm.putContainer(group, "landing", "drifting", {
      metadata: { owner: "other" },
    });
    assert.deepEqual(changed.metadata, { owner: "other" });
    const sas = await azure.arm.accountSas(group, "landing", {
      services: "b",
      resourceTypes: "c",
      permissions: "d",
      sharedAccessExpiryTime: new Date(Date.now() + 60_000).toISOString(),
    });
    const url = `${azure.endpoint}/landing/drifting?restype=container&${sas}`;
    assert.equal((await fetch(url, { method: "DELETE" })).status, 202);
    const gone = azure.arm.getContainer(group, "landing", "drifting");
    assert.equal(await armError(gone), "404 ContainerNotFound");
  });

  it("does not delete a container while a lease stands", async () => {
    await azure.arm.putContainer(group, "landing", "leased");
    const sas = await azure.arm.accountSas(group, "landing", {
      services: "b",
      resourceTypes: "c",
      permissions: "w",
      sharedAccessExpiryTime: new Date(Date.now() + 60_000).toISOString(),
    });
    const url = `${azure.endpoint}/landing/leased?restype=container&comp=lease&${sas}`;
    const lease = (headers: Record<string, string>) => fetch(url, { method: "PUT", headers });
    await lease({ "x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1" });
    const refused = azure.arm.deleteContainer(group, "landing", "leased");
    assert.equal(await armError(refused), "412 LeaseIdMissing");
    await lease({ "x-ms-lease-action": "break", "x-ms-lease-break-period": "0" });
    await azure.arm.deleteContainer(group, "landing", "leased");
  });

  it("makes no public container where the account forbids it", async () => {
    const open = azure.arm.putContainer(group, "landing", "open", { publicAccess: "Blob" });
    assert.equal(await armError(open), "409 PublicAccessNotPermitted");
  });

  it("empties an account that it deletes: its successor of the same name has nothing of it", async () => {
    await createAccount(azure, "phoenix");
    const before = await azure.arm.listKeys(group, "phoenix");
    await (await containerOf(azure, "phoenix")).getBlockBlobClient("a").upload("x", 1);
    await azure.arm.deleteStorageAccount(group, "phoenix");
    await createAccount(azure, "phoenix");
    const container = await containerOf(azure, "phoenix");
    assert.equal(await container.getBlobClient("a").exists(), false);
    assert.notDeepEqual(await azure.arm.listKeys(group, "phoenix"), before);
  });

  it("makes many accounts at once, and all of them work", async () => {
    const names = Array.from({ length: 8 }, (_, n) => `parallel${n}`);
    await Promise.all(names.map((name) => createAccount(azure, name)));
    await Promise.all(
      names.map(async (name, n) => {
        if (n % 2 === 1) return azure.arm.deleteStorageAccount(group, name);
        await (await containerOf(azure, name)).getBlockBlobClient("a").upload("x", 1);
      }),
    );
    const left = (await azure.arm.listStorageAccounts(group)).map(({ name }) => name);
    assert.deepEqual(
      left.filter((name) => name.startsWith("parallel")),
      names.filter((_, n) => n % 2 === 0),
    );
  });

  describe("guards the account by its firewall", () => {
    it("letting in what leaves by the address that is named, and nothing else", async () => {
      await createAccount(azure, "guarded", { networkRuleSet: only(nat) });
      const through = await azure.listen({ sourceAddress: nat, secure: true });
      const inside = await containerOf(azure, "guarded", {}, through.url);
      const outside = await containerOf(azure, "guarded");
      await inside.getBlockBlobClient("a").upload("x", 1);
      const write = () => outside.getBlockBlobClient("a").upload("y", 1);
      assert.deepEqual(await refusalOf(write()), [403, "AuthorizationFailure"]);
      assert.deepEqual(await refusalOf(outside.getBlobClient("a").getProperties()), [
        403,
        "AuthorizationFailure",
      ]);
      await through.close();
    });

    it("by the rules as they are now", async () => {
      const container = await containerOf(azure, "guarded");
      const write = () => container.getBlockBlobClient("a").upload("y", 1);
      await azure.arm.patchStorageAccount(group, "guarded", {
        networkRuleSet: only(nat, "198.51.100.0/24"),
      });
      await write();
      await azure.arm.patchStorageAccount(group, "guarded", { networkRuleSet: only() });
      assert.deepEqual(await refusalOf(write()), [403, "AuthorizationFailure"]);
    });

    it("as an operator changes it by HTTP", async () => {
      const path = `/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/guarded`;
      const call = (init: RequestInit, query = "?api-version=2024-01-01", token = azure.armToken) =>
        fetch(`${azure.endpoint}${path}${query}`, {
          ...init,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        });
      const networkAcls = { defaultAction: "Deny", ipRules: [{ value: "198.51.100.10" }] };
      const patched = await call({
        method: "PATCH",
        body: JSON.stringify({ properties: { networkAcls } }),
      });
      assert.equal(patched.status, 200);
      await (await containerOf(azure, "guarded")).getBlockBlobClient("a").upload("y", 1);
      const read = (await (await call({})).json()) as {
        properties: { networkAcls: { ipRules: unknown } };
      };
      assert.deepEqual(read.properties.networkAcls.ipRules, [
        { value: "198.51.100.10", action: "Allow" },
      ]);
      const bad = { networkAcls: { defaultAction: "Deny", ipRules: [{ value: `${nat}/32` }] } };
      const refused = await call({ method: "PATCH", body: JSON.stringify({ properties: bad }) });
      assert.equal(refused.status, 400);
      assert.match(await refused.text(), /"InvalidValuesForRequestParameters".*ipRule\[\*\]/);
      assert.equal((await call({}, "")).status, 400);
      assert.equal((await call({}, "?api-version=1", "wrong")).status, 401);
      assert.equal((await fetch(`${azure.endpoint}${path}?api-version=1`)).status, 401);
    });

    it("and gives keys and tokens by HTTP", async () => {
      const path = `/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/landing`;
      const post = async (action: string, body?: object) => {
        const answer = await fetch(`${azure.endpoint}${path}/${action}?api-version=2024-01-01`, {
          method: "POST",
          headers: { authorization: `Bearer ${azure.armToken}` },
          body: body === undefined ? null : JSON.stringify(body),
        });
        return answer.json() as Promise<Record<string, unknown>>;
      };
      const { keys } = await post("listKeys");
      assert.equal((keys as unknown[]).length, 2);
      const parameters = {
        canonicalizedResource: "/blob/landing/data",
        signedResource: "c",
        signedPermission: "r",
        signedExpiry: "2030-01-01T00:00:00Z",
      };
      const { serviceSasToken } = await post("ListServiceSas", parameters);
      const same = await azure.arm.serviceSas(group, "landing", {
        canonicalizedResource: "/blob/landing/data",
        resource: "c",
        permissions: "r",
        sharedAccessExpiryTime: "2030-01-01",
      });
      assert.equal(serviceSasToken, same);
    });
  });
});
