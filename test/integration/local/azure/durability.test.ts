import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { LocalAzure } from "../../../../local/azure/azure.ts";
import {
  containerAt,
  containerOf,
  createAccount,
  group,
  sasFor,
  temporaryFolder,
} from "./fixture.ts";

describe("The local Azure on disk", () => {
  const folders: (() => void)[] = [];
  const folder = (): string => {
    const { path, remove } = temporaryFolder();
    folders.push(remove);
    return path;
  };
  after(() => folders.forEach((remove) => remove()));

  it("has everything after a restart: accounts, keys, rules, containers, blobs, blocks, its token", async () => {
    const home = folder();
    let azure = await LocalAzure.start({ home, port: 0 });
    await createAccount(azure, "landing", { tags: { tenant: "acme" } });
    const sas = await sasFor(azure, "landing");
    const { armToken, port } = azure;
    const keys = await azure.arm.listKeys(group, "landing");
    const body = randomBytes(1_000_000);
    const url = `${azure.endpoint}/landing/data?${sas}`;
    await containerAt(url).getBlockBlobClient("a").upload(body, body.length);
    await containerAt(url).getBlockBlobClient("b").stageBlock("MA==", "x", 1);
    await azure.close();

    azure = await LocalAzure.start({ home, port });
    assert.equal(azure.armToken, armToken);
    assert.deepEqual(await azure.arm.listKeys(group, "landing"), keys);
    const account = await azure.arm.getStorageAccount(group, "landing");
    assert.deepEqual(account.tags, { tenant: "acme" });
    const container = containerAt(url);
    assert.ok((await container.getBlobClient("a").downloadToBuffer()).equals(body));
    await container.getBlockBlobClient("b").commitBlockList(["MA=="]);
    await azure.close();
  });

  it("keeps what was acknowledged a moment before it is killed", async () => {
    const home = folder();
    const child = startChild(home);
    const url = await firstLine(child);
    const body = randomBytes(200_000);
    await containerAt(url).getBlockBlobClient("a").upload(body, body.length);
    // A machine with much to do saves later: see keep-saved.ts.
    await wait(2_500);
    child.kill("SIGKILL");
    await once(child, "exit");
    const azure = await LocalAzure.start({ home, port: Number(new URL(url).port) });
    assert.ok((await containerAt(url).getBlobClient("a").downloadToBuffer()).equals(body));
    await azure.close();
  });

  it("says that its port is taken, and leaves nothing running", async () => {
    const azure = await LocalAzure.start({ port: 0 });
    await assert.rejects(LocalAzure.start({ port: azure.port }), { code: "EADDRINUSE" });
    await azure.close();
  });

  it("loses nothing of the uploads that arrive while others break off", async () => {
    const azure = await LocalAzure.start({ home: folder(), port: 0 });
    await createAccount(azure, "landing");
    const container = await containerOf(azure, "landing");
    const bodies = Array.from({ length: 40 }, () => randomBytes(150_000 + (Date.now() % 1000)));
    await Promise.all(
      bodies.map(async (body, n) => {
        await breakOff(container.getBlobClient(`broken-${n}`).url, randomBytes(120_000));
        await container.getBlockBlobClient(`whole-${n}`).upload(body, body.length);
      }),
    );
    for (const [n, body] of bodies.entries()) {
      const arrived = await container.getBlobClient(`whole-${n}`).downloadToBuffer();
      assert.ok(arrived.equals(body), `whole-${n}`);
      assert.equal(await container.getBlobClient(`broken-${n}`).exists(), false);
    }
    await azure.close();
  });
});

/** Sends the beginning of a Put Blob that claims to be longer, and hangs up. */
async function breakOff(url: string, beginning: Buffer): Promise<void> {
  const outgoing = request(url, {
    method: "PUT",
    headers: {
      "x-ms-version": "2025-01-05",
      "x-ms-blob-type": "BlockBlob",
      "content-length": 10_000_000,
    },
  });
  outgoing.on("error", () => undefined);
  await new Promise<void>((resolve) => outgoing.write(beginning, () => resolve()));
  await wait(5);
  outgoing.destroy();
}

/** A process that serves one account from the folder and prints its container's URL with a SAS. */
function startChild(home: string): ChildProcess {
  const program = new URL("serve-for-kill.ts", import.meta.url).pathname;
  return spawn(process.execPath, [program, home], { stdio: ["ignore", "pipe", "inherit"] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout);
  for await (const line of createInterface(child.stdout)) return line;
  throw new Error("The child printed nothing");
}
