import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { settle } from "../../../runtime/copy/settle.ts";
import type { PlacedTarget } from "../../../runtime/copy/work.ts";
import { mappingOf } from "../../../runtime/decide/mapping.ts";
import type { Policy } from "../../../runtime/decide/policy.ts";
import { folderStore } from "../../../runtime/ledger/folder.ts";
import { compareKeys } from "../../../runtime/scan/compare.ts";
import { settledObjects } from "../../../runtime/scan/progress.ts";
import { sweep, type SweepOptions } from "../../../runtime/scan/sweep.ts";
import type { Target } from "../../../runtime/stores/contract.ts";
import { S3World } from "../../contract/s3-world.ts";
import { means } from "../../unit/runtime/fakes.ts";
import { CREDENTIALS, REGION, startTestServer } from "../local/aws/s3/listener.ts";
import { AzureWorld } from "../runtime/stores/azure-world.ts";

const WRITER = "acme/exports";
/** A folder's marker, what Azure calls otherwise, both sides of the surrogates, and what a URL would spoil. */
const ODD = [
  "b/",
  "b//c",
  "a\\b",
  "trailing.",
  "dir./x",
  "100%41",
  "é/ü",
  "z/\uff5e",
  "z/😀",
  "q?&=+ #",
];
/** More than a page of either side. */
const MANY = Array.from({ length: 1_100 }, (_, at) => `m/${String(at).padStart(5, "0")}`);

describe("a sweep of real servers", function () {
  this.timeout(180_000);
  const signal = new AbortController().signal;
  let folder: string;
  let s3: S3World;
  let azure: AzureWorld;
  let other: S3World;
  let server: Awaited<ReturnType<typeof startTestServer>>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "causeway-sweep-"));
    server = await startTestServer();
    const address = { endpoint: server.endpoint, region: REGION, ...CREDENTIALS };
    s3 = new S3World(address, "sweep-from");
    other = new S3World(address, "sweep-to");
    await Promise.all([s3.create(false), other.create(false)]);
    azure = await AzureWorld.start();
    const keys = [...ODD, ...MANY].map((key) => `src/${key}`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(
        keys.slice(at, at + 50).map((key) => s3.put(key, Buffer.from(`body of ${key}`))),
      );
    }
  });

  after(async () => {
    await Promise.all([s3.close(), other.close(), azure.close()]);
    await server.close();
    await rm(folder, { recursive: true });
  });

  function optionsFor(store: Target, prefix: string, run: string): SweepOptions {
    const mapping = mappingOf(store.kind, { prefix, strip: "src/", writer: WRITER });
    const target: PlacedTarget = { name: "to", prefix, store, mapping };
    const policy: Policy = {
      scope: { prefix: "src/", include: [], exclude: [], minSize: 0, maxSize: Infinity },
      deletes: "mirror",
      writer: WRITER,
    };
    const source = s3.source();
    const copies = means();
    return {
      source,
      target,
      policy,
      prefix: "src/",
      strip: "src/",
      signal,
      objects: 32,
      settle: (candidate) => settle({ candidate, source, target, policy, means: copies, signal }),
      unchanged: () => undefined,
      store: folderStore(join(folder, run)),
      checkpointMs: 20,
    };
  }

  const targets: Record<string, () => Promise<Target>> = {
    Azure: () => azure.target(),
    S3: () => Promise.resolve(other.target()),
  };
  for (const [title, targetOf] of Object.entries(targets)) {
    it(`to ${title} goes on after a crash, is equal in the end, and mirrors what is deleted`, async () => {
      const store = await targetOf();
      const options = optionsFor(store, "dst/", `first-${title}`);
      let settled = 0;
      const dying: SweepOptions["settle"] = (candidate) => {
        settled += 1;
        return settled > 400 ? Promise.reject(new Error("died")) : options.settle(candidate);
      };
      await assert.rejects(sweep({ ...options, settle: dying }), /died/);
      const { tally, deletions } = await sweep(options);
      const all = ODD.length + MANY.length;
      assert.equal(tally.found.objects, all);
      assert.equal(settledObjects(tally), all);
      assert.equal(tally.states.failed.objects, 0);
      assert.equal(deletions.wanted, 0);

      const counts = await compareKeys(options);
      assert.equal(counts.same.objects, all);
      assert.deepEqual(
        [counts.differs.objects, counts["only-source"].objects, counts["only-target"].objects],
        [0, 0, 0],
      );

      const gone = ["src/b//c", "src/m/00007", "src/z/😀"];
      for (const key of gone) await s3.remove(key);
      const held = await sweep({
        ...optionsFor(store, "dst/", `held-${title}`),
        cap: { count: 2 },
      });
      assert.match(held.deletions.held ?? "", /3 deletions are more than the cap of 2/);
      const listed: string[] = [];
      for await (const keys of held.deletions.keys()) listed.push(...keys);
      assert.deepEqual(listed.sort(), [...gone].sort());
      const last = await sweep(optionsFor(store, "dst/", `last-${title}`));
      assert.equal(last.tally.states.deleted.objects, 3);
      assert.equal(last.tally.states.unchanged.objects, all - 3);
      const after = await compareKeys(options);
      assert.equal(after.same.objects, all - 3);
      assert.equal(after["only-target"].objects, 0);
      for (const key of gone) await s3.put(key, Buffer.from(`body of ${key}`));
    });
  }
});
