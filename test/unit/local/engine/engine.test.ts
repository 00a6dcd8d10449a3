import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEngine } from "../../../../local/engine/engine.ts";
import { fits, wanted } from "../../../../local/engine/version.ts";

describe("an engine's version", () => {
  it("fits when it is the SDK's own or newer within the major version", () => {
    for (const version of ["v3.259.0", "3.259.1", "v3.300.0"]) assert.ok(fits(version, "3.259.0"));
  });

  it("does not fit when it is older, a pre-release of it, another major, or no version at all", () => {
    for (const version of ["v3.258.9", "v3.259.0-alpha.1", "v4.0.0", "2.300.0", "", "pulumi"]) {
      assert.equal(fits(version, "3.259.0"), false, version);
    }
  });
});

describe("finding an engine", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "causeway-engine-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("takes the one on the PATH first", async () => {
    await fakePulumi(join(folder, "usr", "bin"), `v${wanted}`);
    await fakePulumi(join(folder, "cache", "pulumi", wanted, "bin"), `v${wanted}`);
    const engine = await findEngine(search(join(folder, "usr", "bin")));
    assert.deepEqual([engine.from, engine.root], ["path", join(folder, "usr")]);
  });

  it("passes over one on the PATH that is too old, and takes the cached one", async () => {
    await fakePulumi(join(folder, "usr", "bin"), "v3.100.0");
    await fakePulumi(join(folder, "cache", "pulumi", wanted, "bin"), `v${wanted}`);
    const engine = await findEngine(search(join(folder, "usr", "bin")));
    assert.equal(engine.from, "cache");
  });

  it("links one that does not lie in a bin folder, since the Automation API wants bin/pulumi", async () => {
    await fakePulumi(join(folder, "tools"), `v${wanted}`);
    const engine = await findEngine(search(join(folder, "tools")));
    assert.equal(engine.from, "path");
    assert.ok(engine.root.startsWith(join(folder, "cache")));
  });

  function search(path: string) {
    return { cache: join(folder, "cache"), env: { PATH: path } };
  }
});

async function fakePulumi(folder: string, version: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "pulumi"), `#!/bin/sh\necho ${version}\n`);
  await chmod(join(folder, "pulumi"), 0o755);
}
