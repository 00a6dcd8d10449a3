import assert from "node:assert/strict";
import type { ContainerClient } from "@azure/storage-blob";
import { LocalAzure } from "../../../../local/azure/azure.ts";
import { containerOf, createAccount, refusalOf } from "./fixture.ts";

describe("Faults on the front", () => {
  let azure: LocalAzure;
  let container: ContainerClient;
  before(async () => {
    azure = await LocalAzure.start({ port: 0 });
    await createAccount(azure, "landing");
    container = await containerOf(azure, "landing");
  });
  after(() => azure.close());
  afterEach(() => azure.faults.clear());

  const upload = (name: string) => container.getBlockBlobClient(name).upload("0123456789", 10);

  it("make the server busy, for as long as Retry-After says", async () => {
    const trouble = { kind: "busy", retryAfterSeconds: 7 } as const;
    azure.faults.inject({ operation: "Put Blob", blob: "busy", trouble });
    await upload("other");
    await assert.rejects(upload("busy"), (error: { response: { headers: Headers } }) => {
      assert.equal(error.response.headers.get("retry-after"), "7");
      return true;
    });
    await upload("busy");
  });

  it("answer with any error that is asked for", async () => {
    const trouble = { kind: "error", status: 500, code: "OperationTimedOut" } as const;
    azure.faults.inject({ operation: "Put Blob", trouble });
    assert.deepEqual(await refusalOf(upload("error")), [500, "OperationTimedOut"]);
  });

  it("reset the connection before anything is done", async () => {
    azure.faults.inject({ blob: "reset", trouble: { kind: "reset" } });
    await assert.rejects(upload("reset"), /ECONNRESET/);
    assert.equal(await container.getBlobClient("reset").exists(), false);
  });

  it("lose the answer to what was done", async () => {
    azure.faults.inject({ blob: "lost", trouble: { kind: "lost answer" } });
    await assert.rejects(upload("lost"), /ECONNRESET/);
    assert.equal(await container.getBlobClient("lost").exists(), true);
  });

  it("cut an answer's body short", async () => {
    await upload("cut");
    azure.faults.inject({ operation: "Get Blob", trouble: { kind: "truncated", bytes: 4 } });
    const response = await fetch(container.getBlobClient("cut").url);
    await assert.rejects(response.text());
    assert.equal((await container.getBlobClient("cut").downloadToBuffer()).length, 10);
  });

  it("make a request wait", async () => {
    azure.faults.inject({ blob: "slow", trouble: { kind: "slow", delayMs: 150 } });
    const start = performance.now();
    await upload("slow");
    assert.ok(performance.now() - start >= 149);
  });
});
