import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { platform } from "./service.ts";

const good = `# what whoever is on call should know
kind: copy
source:
  type: s3
  prefix: in/
targets:
  - type: azure-blob
`;

describe("the commands of the platform", () => {
  let world: Awaited<ReturnType<typeof platform>>;
  let file: string;
  /** A port that nobody listens on. */
  const nowhere = "http://127.0.0.1:39999";

  before(async function () {
    this.timeout(60_000);
    world = await platform();
    const folder = join(world.home.folder, "pipelines", "acme");
    await mkdir(folder, { recursive: true });
    file = join(folder, "exports.yaml");
    await writeFile(file, good);
  });

  after(async () => world.close());

  it("make a pipeline from its file, wait for it, and give it another spec by the same command", async () => {
    const made = await world.command.run(["apply", "-f", file, "--wait"]);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /^create acme\/exports: succeeded/m);
    await writeFile(file, good.replace("in/", "out/"));
    const changed = await world.command.run(["apply", "-f", file, "--wait", "--json"]);
    assert.equal(changed.code, 0, changed.err);
    const { metadata } = JSON.parse(changed.out) as { metadata: { action: string } };
    assert.equal(metadata.action, "update");
  });

  it("list what there is, as a table without colours in a pipe, and as the API's own JSON", async () => {
    const { out, code } = await world.command.run(["get"]);
    assert.equal(code, 0);
    assert.match(out, /^NAME +STATE +GENERATION +CHANGED +WHY$/m);
    assert.match(out, /^exports +ready +2 /m);
    assert.ok(!out.includes("\u001b"));
    const json = await world.command.run(["get", "exports", "--json"]);
    assert.equal((JSON.parse(json.out) as { name: string }).name, "exports");
    const operations = await world.command.run(["get", "operations", "exports"]);
    assert.match(operations.out, /acme\/exports +update +succeeded/);
  });

  it("point at the line of the file that the service complains about", async () => {
    const wrong = join(world.home.folder, "pipelines", "acme", "wrong.yaml");
    await writeFile(wrong, good.replace("type: s3", "type: s3\n  bucket: UPPER"));
    const { code, err } = await world.command.run(["apply", "-f", wrong]);
    assert.equal(code, 2);
    assert.match(err, /wrong\.yaml:5:3: .*bucket/);
    assert.match(err, /5 \| {3}bucket: UPPER\n +\^/);
  });

  it("refuse a file that is no YAML with line and column, without asking the service", async () => {
    const broken = join(world.home.folder, "broken.yaml");
    await writeFile(broken, "kind: copy\nsource: {type: s3\n");
    const { code, err } = await world.command.run(["apply", "-f", broken]);
    assert.equal(code, 2);
    assert.match(err, /broken\.yaml:\d+:\d+: /);
  });

  it("follow what an operation does, and end with its end", async () => {
    const { out, code } = await world.command.run(["logs", "-f", "exports"]);
    assert.equal(code, 0, out);
    assert.match(out, /update acme\/exports: succeeded/);
    const failing = join(world.home.folder, "pipelines", "acme", "failing.yaml");
    await writeFile(failing, good.replace("in/", "fail/"));
    const failed = await world.command.run(["apply", "-f", failing, "--wait"]);
    assert.equal(failed.code, 1);
    assert.match(failed.out, /failed/);
  });

  it("cancel what is under way", async () => {
    const held = join(world.home.folder, "pipelines", "acme", "held.yaml");
    await writeFile(held, good.replace("in/", "hold/"));
    const { out } = await world.command.run(["apply", "-f", held, "--json"]);
    const { id } = JSON.parse(out) as { id: string };
    const cancelled = await world.command.run(["cancel", id, "--wait"]);
    assert.equal(cancelled.code, 0, cancelled.err);
    assert.match(cancelled.out, /cancelled/);
  });

  it("delete only when asked twice", async () => {
    const refused = await world.command.run(["delete", "failing"]);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /--yes/);
    const deleted = await world.command.run(["delete", "failing", "--yes", "--wait"]);
    assert.equal(deleted.code, 0, deleted.err);
    const gone = await world.command.run(["get", "failing"]);
    assert.equal(gone.code, 1);
  });

  it("say who one is, and what is wrong with the set-up", async () => {
    const who = await world.command.run(["whoami"]);
    assert.match(who.out, /operator of every tenant/);
    const well = await world.command.run(["doctor"]);
    assert.match(well.out, /ok +address/);
    const lost = await world.command.run(["doctor"], { CAUSEWAY_URL: nowhere });
    assert.equal(lost.code, 1);
    assert.match(lost.out, /wrong +address: .*does not answer/);
  });

  it("end with 5 and the address when nothing answers", async () => {
    const { code, err } = await world.command.run(["get"], { CAUSEWAY_URL: nowhere });
    assert.equal(code, 5);
    assert.match(err, /127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED/);
    assert.match(err, /from CAUSEWAY_URL/);
  });

  it("complete commands, options and names of pipelines", async () => {
    const words = async (...typed: string[]): Promise<string[]> => {
      const { out } = await world.command.run(["__complete", "--", ...typed]);
      return out.split("\n").map((line) => line.split("\t")[0] ?? "");
    };
    assert.ok((await words("ap")).includes("apply"));
    assert.ok((await words("apply", "--m")).includes("--merged"));
    assert.ok((await words("runs", "")).includes("exports"));
    assert.ok((await words("get", "acme/")).includes("acme/exports"));
    assert.deepEqual(await words("get", "operations", "--state", "fa"), ["failed", ""]);
  });

  it("send no token over a network in the clear", async () => {
    const { code, err } = await world.command.run(["get"], {
      CAUSEWAY_URL: "http://causeway.example.com",
      CAUSEWAY_TOKEN: "secret-token-of-somebody",
    });
    assert.equal(code, 5);
    assert.match(err, /is not https/);
    assert.ok(!err.includes("secret-token-of-somebody"));
  });
});
