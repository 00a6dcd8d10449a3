import assert from "node:assert/strict";
import type { ContainerClient } from "@azure/storage-blob";
import { LocalAzure } from "../../../../local/azure/azure.ts";
import { containerOf, createAccount, refusalOf } from "./fixture.ts";

const id = (n: number, bytes = 6): string =>
  Buffer.from(String(n).padStart(bytes, "0")).toString("base64");
const ifNone = { conditions: { ifNoneMatch: "*" } };

describe("Blocks and what comes with a commit", () => {
  let azure: LocalAzure;
  let container: ContainerClient;
  before(async () => {
    azure = await LocalAzure.start({ port: 0 });
    await createAccount(azure, "landing");
    container = await containerOf(azure, "landing", { permissions: "racwlt" });
  });
  after(() => azure.close());

  const uncommitted = async (name: string): Promise<(string | undefined)[]> => {
    const list = await container.getBlockBlobClient(name).getBlockList("uncommitted");
    return (list.uncommittedBlocks ?? []).map((block) => block.name);
  };

  it("that are not committed are no blob to a Put Blob, which discards them", async () => {
    const blob = container.getBlockBlobClient("begun");
    await blob.stageBlock(id(0), "abc", 3);
    assert.equal(await blob.exists(), false);
    const { etag } = await blob.upload("whole", 5, ifNone);
    assert.deepEqual(await uncommitted("begun"), []);
    await blob.stageBlock(id(1), "abc", 3);
    await blob.upload("again", 5, { conditions: { ifMatch: etag! } });
    assert.deepEqual(await uncommitted("begun"), []);
    assert.equal((await blob.downloadToBuffer()).toString(), "again");
  });

  it("outlive a Put Blob whose condition is not met", async () => {
    const blob = container.getBlockBlobClient("kept");
    await blob.stageBlock(id(0), "abc", 3);
    const stale = blob.upload("x", 1, { conditions: { ifMatch: '"0x8DEADBEEF000000"' } });
    assert.deepEqual(await refusalOf(stale), [412, "ConditionNotMet"]);
    assert.deepEqual(await uncommitted("kept"), [id(0)]);
    await blob.commitBlockList([id(0)], ifNone);
    assert.equal((await blob.downloadToBuffer()).toString(), "abc");
  });

  it("have ids of one length", async () => {
    const blob = container.getBlockBlobClient("mixed");
    await blob.stageBlock(id(0), "abc", 3);
    const mixed = blob.stageBlock(id(1, 7), "abc", 3);
    assert.deepEqual(await refusalOf(mixed), [400, "InvalidBlobOrBlock"]);
  });

  it("are listed whole when there are many", async () => {
    const blob = container.getBlockBlobClient("many");
    const ids = Array.from({ length: 600 }, (_, n) => id(n));
    for (let at = 0; at < ids.length; at += 30) {
      await Promise.all(ids.slice(at, at + 30).map((each) => blob.stageBlock(each, "x", 1)));
    }
    assert.deepEqual(new Set(await uncommitted("many")), new Set(ids));
    await blob.commitBlockList(ids);
    assert.equal((await blob.getProperties()).contentLength, 600);
  });

  it("are at most 50,000 in a commit", async () => {
    const blob = container.getBlockBlobClient("too-many");
    await blob.stageBlock(id(0), "x", 1);
    const list = (count: number) => blob.commitBlockList(Array<string>(count).fill(id(0)));
    assert.deepEqual(await refusalOf(list(50_001)), [400, "BlockListTooLong"]);
    assert.deepEqual(await uncommitted("too-many"), [id(0)]);
  });

  it("come with tags only where the SAS grants them", async () => {
    const without = await containerOf(azure, "landing", { permissions: "racwl" });
    const tags = { project: "x" };
    const put = (client: ContainerClient) =>
      client.getBlockBlobClient("tagged").upload("x", 1, { tags });
    assert.deepEqual(await refusalOf(put(without)), [403, "AuthorizationPermissionMismatch"]);
    const commit = without.getBlockBlobClient("tagged").commitBlockList([], { tags });
    assert.deepEqual(await refusalOf(commit), [403, "AuthorizationPermissionMismatch"]);
    await put(container);
    assert.deepEqual((await container.getBlobClient("tagged").getTags()).tags, tags);
  });

  it("come with a tier", async () => {
    const blob = container.getBlockBlobClient("tiered");
    await blob.upload("x", 1, { tier: "Cold" });
    assert.equal((await blob.getProperties()).accessTier, "Cold");
  });

  it("are listed with their metadata in the order of names, from any name", async () => {
    const names = ["o/B", "o/a", "o/a b", "o/a/1", "o/a&b", "o/é"];
    for (const name of names) {
      await container.getBlockBlobClient(name).upload("x", 1, { metadata: { Name: "n" } });
    }
    const listed = async (startFrom?: string) => {
      const found = [];
      const options = { prefix: "o/", includeMetadata: true };
      const from = startFrom === undefined ? options : { ...options, startFrom };
      for await (const { name, metadata } of container.listBlobsFlat(from)) {
        assert.deepEqual(metadata, { Name: "n" });
        found.push(name);
      }
      return found;
    };
    assert.deepEqual(await listed(), names.toSorted());
    assert.deepEqual(await listed("o/a&b"), ["o/a&b", "o/a/1", "o/é"]);
  });
});
