import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { folderStore, runsFolder } from "../../../../runtime/ledger/folder.ts";
import { LedgerTrouble } from "../../../../runtime/ledger/trouble.ts";
import { allOf } from "../../../support/all-of.ts";
import { never } from "../fakes.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("full-disk.ts", import.meta.url));

describe("a ledger in a folder", () => {
  let root: string;
  beforeEach(async () => (root = await mkdtemp(join(tmpdir(), "causeway-ledger-"))));
  afterEach(() => rm(root, { recursive: true, force: true }));

  function names(prefix = "", after = ""): Promise<string[]> {
    return allOf(folderStore(join(root, "run")).list(prefix, after, never));
  }

  it("lists names in order from a point, and none that is not whole", async () => {
    const store = folderStore(join(root, "run"));
    assert.deepEqual(await names(), []);
    for (const name of ["dt=2026-02-01/b", "dt=2026-01-01/z", "dt=2026-01-01/a", "_runs/r"]) {
      await store.write(name, Buffer.from(name), never);
    }
    await writeFile(join(root, "run", "dt=2026-01-01", "torn.part"), "half");
    assert.deepEqual(await names("dt="), ["dt=2026-01-01/a", "dt=2026-01-01/z", "dt=2026-02-01/b"]);
    assert.deepEqual(await names("dt=", "dt=2026-01-01/a"), ["dt=2026-01-01/z", "dt=2026-02-01/b"]);
    assert.equal(String(await store.read("dt=2026-01-01/z", never)), "dt=2026-01-01/z");
    assert.equal(await store.read("dt=2026-01-01/none", never), undefined);
  });

  it("says in words what stands in the way, and leaves nothing half-written", async () => {
    await mkdir(join(root, "run"));
    await writeFile(join(root, "run", "dt=2026-01-01"), "a file where a folder should be");
    const write = folderStore(join(root, "run")).write("dt=2026-01-01/a", Buffer.from("x"), never);
    await assert.rejects(write, (error: unknown) => {
      assert.ok(error instanceof LedgerTrouble);
      assert.equal(error.full, false);
      assert.match(error.message, /cannot be written in .*run: E(NOTDIR|EXIST)/);
      return true;
    });
    assert.deepEqual(await readdir(join(root, "run")), ["dt=2026-01-01"]);
  });

  it("on a full disk waits for room with what it holds, lets nobody on, and then loses nothing", async function () {
    const script = `mount -t tmpfs -o size=320k none "$1" && exec "$2" "$3" "$1"`;
    try {
      await run("unshare", ["-rm", "true"]);
    } catch {
      // A file system of its own needs user namespaces, which not every machine grants.
      this.skip();
    }
    const { stdout: out } = await run("unshare", [
      ...["-rm", "sh", "-ec", script, "sh"],
      ...[root, process.execPath, program],
    ]);
    const said = JSON.parse(out) as Record<string, unknown>;
    assert.match(String(said["message"]), /disk is full.*Make room/);
    assert.ok(Number(said["whenFull"]) < 4000, `${String(said["whenFull"])} were let on`);
    assert.deepEqual([said["full"], said["parts"]], [true, 0]);
    assert.deepEqual([said["lines"], said["inOrder"]], [4000, true]);
  });
});

describe("where copies by hand keep their ledgers", () => {
  it("follows the XDG specification", () => {
    assert.equal(runsFolder({ XDG_STATE_HOME: "/var/state" }), "/var/state/causeway/runs");
    for (const env of [{}, { XDG_STATE_HOME: "relative" }, { XDG_STATE_HOME: "" }]) {
      assert.match(runsFolder(env), /\/\.local\/state\/causeway\/runs$/);
    }
  });
});
