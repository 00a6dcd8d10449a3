import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import {
  AnonymousCredential,
  BlobServiceClient,
  type ContainerClient,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { LocalAzure } from "../../../../local/azure/azure.ts";
import { Crc64 } from "../../../../local/azure/front/crc64.ts";
import {
  clientOptions,
  containerAt,
  containerOf,
  createAccount,
  group,
  needed,
  refusalOf,
  sasFor,
} from "./fixture.ts";

const crcOf = (bytes: Buffer) => Buffer.from(new Crc64().update(bytes).digest());
const id = (n: number) => Buffer.from(String(n).padStart(6, "0")).toString("base64");

describe("Blobs through the front", () => {
  let azure: LocalAzure;
  let container: ContainerClient;
  before(async () => {
    azure = await LocalAzure.start({ port: 0 });
    await createAccount(azure, "landing");
    container = await containerOf(azure, "landing");
  });
  after(() => azure.close());

  const service = async (key = 0) => {
    const { keys } = await azure.arm.listKeys(group, "landing");
    const credential = new StorageSharedKeyCredential("landing", keys[key]!.value);
    return new BlobServiceClient(`${azure.endpoint}/landing`, credential, clientOptions);
  };

  it("arrive in blocks and come back whole, with their properties and metadata", async () => {
    const blob = container.getBlockBlobClient("folder/a b+ü%.csv");
    const blocks = [randomBytes(300_000), randomBytes(100_000), Buffer.from("end")];
    for (const [n, block] of blocks.entries()) {
      const { xMsContentCrc64 } = await blob.stageBlock(id(n), block, block.length);
      assert.deepEqual(Buffer.from(xMsContentCrc64 ?? []), crcOf(block));
    }
    await blob.commitBlockList([id(0), id(1), id(2)], {
      blobHTTPHeaders: { blobContentType: "text/csv", blobContentEncoding: "gzip" },
      metadata: { pin: "v1" },
    });
    assert.ok((await blob.downloadToBuffer()).equals(Buffer.concat(blocks)));
    const properties = await blob.getProperties();
    assert.equal(properties.contentType, "text/csv");
    assert.equal(properties.contentEncoding, "gzip");
    assert.deepEqual(properties.metadata, { pin: "v1" });
    const part = await blob.download(299_999, 2);
    assert.equal(part.contentLength, 2);
  });

  it("answer a Put Blob with the CRC-64 of what arrived, empty ones too", async () => {
    for (const body of [randomBytes(70_000), Buffer.alloc(0)]) {
      const blob = container.getBlockBlobClient(`put-${body.length}`);
      const { xMsContentCrc64 } = await blob.upload(body, body.length);
      assert.deepEqual(Buffer.from(xMsContentCrc64 ?? []), crcOf(body));
      assert.ok((await blob.downloadToBuffer()).equals(body));
    }
  });

  it("are refused when the CRC-64 that they were sent with is another", async () => {
    const body = Buffer.from("content");
    const wrong = Uint8Array.from(crcOf(Buffer.from("other")));
    const blob = container.getBlockBlobClient("mismatch");
    const put = blob.stageBlock(id(0), body, body.length, { transactionalContentCrc64: wrong });
    assert.deepEqual(await refusalOf(put), [400, "Crc64Mismatch"]);
    assert.deepEqual(await refusalOf(blob.getBlockList("all")), [404, "BlobNotFound"]);
  });

  it("take an MD5 for a property and a CRC-64 for the transport at once, and check the latter", async () => {
    const body = randomBytes(50_000);
    const send = async (crc64: Buffer, authorization: "sas" | "shared key") => {
      const path = `/landing/data/both`;
      const headers: Record<string, string> = {
        "x-ms-version": "2025-01-05",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-blob-content-md5": createHash("md5").update(body).digest("base64"),
        "x-ms-content-crc64": crc64.toString("base64"),
      };
      if (authorization === "sas") {
        const url = `${azure.endpoint}${path}?${await sasFor(azure, "landing")}`;
        return fetch(url, { method: "PUT", headers, body });
      }
      const { authorization: sign } = await import("../../../../local/azure/blob/shared-key.ts");
      const { keys } = await azure.arm.listKeys(group, "landing");
      headers["x-ms-date"] = new Date().toUTCString();
      headers["content-type"] = "application/octet-stream";
      const signed = { ...headers, "content-length": String(body.length) };
      const request = { method: "PUT", target: path, headers: signed };
      headers["authorization"] = sign("landing", keys[1]!.value, request);
      return fetch(`${azure.endpoint}${path}`, { method: "PUT", headers, body });
    };
    for (const authorization of ["sas", "shared key"] as const) {
      const refused = await send(crcOf(Buffer.from("other")), authorization);
      assert.equal(refused.headers.get("x-ms-error-code"), "Crc64Mismatch", authorization);
      assert.match(await refused.text(), /<ServerCalculatedCrc64>/);
      assert.equal(await container.getBlobClient("both").exists(), false);
      assert.equal((await send(crcOf(body), authorization)).status, 201, authorization);
      await (await service()).getContainerClient("data").deleteBlob("both");
    }
  });

  it("are committed only on the condition that was given", async () => {
    const blob = container.getBlockBlobClient("conditional");
    const first = await blob.upload("1", 1, { conditions: { ifNoneMatch: "*" } });
    const again = blob.upload("2", 1, { conditions: { ifNoneMatch: "*" } });
    assert.deepEqual(await refusalOf(again), [409, "BlobAlreadyExists"]);
    await blob.stageBlock(id(0), "2", 1);
    const stale = { conditions: { ifMatch: '"0x8DEADBEEF000000"' } };
    assert.deepEqual(await refusalOf(blob.commitBlockList([id(0)], stale)), [
      412,
      "ConditionNotMet",
    ]);
    await blob.commitBlockList([id(0)], { conditions: { ifMatch: first.etag! } });
    assert.equal((await blob.downloadToBuffer()).toString(), "2");
  });

  it("list the blocks that wait for a commit", async () => {
    const blob = container.getBlockBlobClient("resumed");
    await blob.stageBlock(id(0), "abc", 3);
    const { uncommittedBlocks } = await blob.getBlockList("uncommitted");
    assert.deepEqual(uncommittedBlocks, [{ name: id(0), size: 3 }]);
  });

  describe("with a SAS", () => {
    const write = (client: ContainerClient) => client.getBlockBlobClient("sas").upload("x", 1);

    it("that has expired are refused as AuthenticationFailed", async () => {
      const sharedAccessExpiryTime = new Date(Date.now() - 1000).toISOString();
      const expired = await containerOf(azure, "landing", { sharedAccessExpiryTime });
      assert.deepEqual(await refusalOf(write(expired)), [403, "AuthenticationFailed"]);
    });

    it("that lacks the permission are refused as AuthorizationPermissionMismatch", async () => {
      const reader = await containerOf(azure, "landing", { permissions: "rl" });
      assert.deepEqual(await refusalOf(write(reader)), [403, "AuthorizationPermissionMismatch"]);
      const gone = container.getBlobClient("conditional").delete();
      assert.deepEqual(await refusalOf(gone), [403, "AuthorizationPermissionMismatch"]);
    });

    it("of another container are refused as AuthenticationFailed", async () => {
      await azure.arm.putContainer(group, "landing", "other");
      const sas = await sasFor(azure, "landing");
      const other = containerAt(`${azure.endpoint}/landing/other?${sas}`);
      assert.deepEqual(await refusalOf(write(other)), [403, "AuthenticationFailed"]);
    });

    it("that was changed by a letter are refused", async () => {
      const sas = (await sasFor(azure, "landing")).replace("sp=racwl", "sp=racwdl");
      const forged = containerAt(`${azure.endpoint}/landing/data?${sas}`);
      assert.deepEqual(await refusalOf(write(forged)), [403, "AuthenticationFailed"]);
    });

    it("for https only are refused on plain http, even where the account takes http", async () => {
      await azure.arm.patchStorageAccount(group, "landing", { enableHttpsTrafficOnly: false });
      const plain = await azure.listen({ sourceAddress: "198.51.100.10", secure: false });
      const strict = await containerOf(azure, "landing", {}, plain.url);
      assert.deepEqual(await refusalOf(write(strict)), [403, "AuthorizationProtocolMismatch"]);
      const lax = await containerOf(azure, "landing", { protocols: "https,http" }, plain.url);
      await write(lax);
      await azure.arm.patchStorageAccount(group, "landing", { enableHttpsTrafficOnly: true });
      assert.deepEqual(await refusalOf(write(lax)), [400, "AccountRequiresHttps"]);
      await plain.close();
    });

    it("tied to a stored access policy work while the policy stands", async () => {
      const owner = (await service()).getContainerClient("data");
      const expiresOn = new Date(Date.now() + 3_600_000);
      await owner.setAccessPolicy(undefined, [
        { id: "worker", accessPolicy: { permissions: "racwl", expiresOn } },
      ]);
      const bound = await containerOf(azure, "landing", {
        identifier: "worker",
        permissions: undefined,
        sharedAccessExpiryTime: undefined,
      });
      await write(bound);
      await owner.setAccessPolicy(undefined, []);
      assert.deepEqual(await refusalOf(write(bound)), [403, "AuthenticationFailed"]);
    });

    it("of the whole account work where its services and types allow it", async () => {
      const sas = await azure.arm.accountSas(group, "landing", {
        services: "b",
        resourceTypes: "co",
        permissions: "rl",
        sharedAccessExpiryTime: new Date(Date.now() + 60_000).toISOString(),
      });
      const client = new BlobServiceClient(
        `${azure.endpoint}/landing?${sas}`,
        new AnonymousCredential(),
        clientOptions,
      );
      const reader = client.getContainerClient("data");
      assert.equal((await reader.getBlobClient("sas").downloadToBuffer()).toString(), "x");
      assert.deepEqual(await refusalOf(client.getProperties()), [
        403,
        "AuthorizationResourceTypeMismatch",
      ]);
    });
  });

  it("open to both keys until one is made anew", async () => {
    await (await service(0)).getContainerClient("data").getProperties();
    const old = await service(1);
    const sas = await containerOf(azure, "landing", { keyToSign: "key2" });
    await sas.getBlobClient("conditional").getProperties();
    await azure.arm.regenerateKey(group, "landing", "key2");
    const properties = old.getContainerClient("data").getProperties();
    assert.deepEqual(await refusalOf(properties), [403, "AuthenticationFailed"]);
    assert.deepEqual(await refusalOf(sas.getBlobClient("conditional").getProperties()), [
      403,
      "AuthenticationFailed",
    ]);
    await (await service(1)).getContainerClient("data").getProperties();
  });

  it("stay closed to strangers, as the account says", async () => {
    const stranger = (account: string) =>
      containerAt(`${azure.endpoint}/${account}/data`).getProperties();
    assert.deepEqual(await refusalOf(stranger("landing")), [409, "PublicAccessNotPermitted"]);
    assert.deepEqual(await refusalOf(stranger("nowhere")), [404, "ResourceNotFound"]);
    await azure.arm.putStorageAccount(group, "openlanding", {
      ...needed,
      allowBlobPublicAccess: true,
    });
    await azure.arm.putContainer(group, "openlanding", "data", { publicAccess: "Container" });
    await stranger("openlanding");
  });
});
