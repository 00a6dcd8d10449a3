import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refuseBusyPorts, refuseFullDisk } from "../../../../local/boot/preflight.ts";
import { bytes, table } from "../../../../local/boot/report.ts";
import { holdFolder } from "../../../../local/boot/single-instance.ts";

describe("holding a folder", () => {
  let home: string;
  beforeEach(async () => (home = await mkdtemp(join(tmpdir(), "causeway-hold-"))));
  afterEach(() => rm(home, { recursive: true, force: true }));

  it("refuses a folder that a living process holds, and names the process", async () => {
    await writeFile(join(home, "lock"), `${process.ppid} `);
    await assert.rejects(holdFolder(home), {
      name: "AlreadyRunning",
      message: new RegExp(`process ${process.ppid}`),
    });
  });

  it("takes over from a process that was killed, or whose number another process has now", async () => {
    for (const left of ["999999999 1", `${process.ppid} 1`]) {
      await writeFile(join(home, "lock"), left);
      await holdFolder(home);
      assert.match(await readFile(join(home, "lock"), "utf8"), new RegExp(`^${process.pid} `));
      await rm(join(home, "lock"));
    }
  });

  it("lets the next one in once released", async () => {
    const release = await holdFolder(home);
    release();
    await rm(home, { recursive: true });
    (await holdFolder(home))();
  });
});

describe("before anything starts", () => {
  it("says which port is busy, for what it was wanted, and how to move it", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    await assert.rejects(
      refuseBusyPorts([{ what: "the service", host: "127.0.0.1", port, variable: "PORT" }]),
      { name: "NotReady", message: new RegExp(`Port ${port} .*the service.*PORT=${port + 1000}`) },
    );
    other.close();
  });

  it("says how much room is missing on the disk", async () => {
    await refuseFullDisk(tmpdir(), 1);
    await assert.rejects(refuseFullDisk(tmpdir(), 2 ** 60), {
      name: "NotReady",
      message: /GiB needed/,
    });
  });
});

describe("a table for people", () => {
  it("lines up columns, also behind names in wide characters", () => {
    const lines = table(
      ["object", "size"],
      [
        ["日本", "5"],
        ["abcd", "12"],
      ],
      new Set(["size"]),
    ).split("\n");
    assert.deepEqual(lines, ["object  size", "------  ----", "日本       5", "abcd      12"]);
  });

  it("writes sizes in binary units", () => {
    assert.deepEqual([0, 1023, 1024, 209_715_200].map(bytes), [
      "0 B",
      "1023 B",
      "1.0 KiB",
      "200.0 MiB",
    ]);
  });
});
