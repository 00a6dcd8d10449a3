import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { marker } from "../../../../cli/pr/render/comment.ts";
import { until } from "../../../support/until.ts";
import { pullWorld, spec } from "./world.ts";

const file = "pipelines/acme/exports.yaml";

describe("pull requests", function () {
  this.timeout(120_000);
  let world: Awaited<ReturnType<typeof pullWorld>>;

  before(async () => {
    world = await pullWorld();
  });

  after(async () => world.closeAll());

  it("are previewed in one comment that follows each push, with the head's status", async () => {
    const { pull, head } = await world.open({ [file]: spec("in/") });
    const first = await world.preview(pull);
    assert.equal(first.code, 0, first.err);
    const [comment, ...others] = world.comments(pull);
    assert.deepEqual(others, []);
    assert.ok(comment!.body.startsWith(marker));
    assert.match(comment!.body, /new pipeline/);
    assert.ok(comment!.body.includes(head));
    const states = world.github.statuses.filter(({ sha }) => sha === head);
    assert.deepEqual(
      states.map(({ state }) => state),
      ["pending", "success"],
    );

    const next = await world.push(pull, { [file]: spec("other/") });
    assert.equal((await world.preview(pull)).code, 0);
    assert.equal(world.comments(pull).length, 1);
    assert.equal(world.comments(pull)[0]!.id, comment!.id);
    assert.ok(world.comments(pull)[0]!.body.includes(next));
  });

  it("are applied after the merge as they were shown, once", async () => {
    const pull = [...world.github.pulls.keys()][0]!;
    const { path } = await world.merge(pull);
    const applied = await world.apply(path);
    assert.equal(applied.code, 0, applied.err + applied.out);
    assert.match(applied.out, /acme\/exports: succeeded/);
    const got = await world.command.run(["get", "acme/exports", "--json"]);
    assert.match(got.out, /"prefix":"other\/"/);
    assert.match(world.comments(pull)[0]!.body, /Applied at .*succeeded/);
    const again = await world.apply(path);
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /applied before/);
  });

  it("are not applied when the pipeline has changed since, and it is said what moved", async () => {
    const { pull } = await world.open({ [file]: spec("reviewed/") });
    assert.equal((await world.preview(pull)).code, 0);
    const other = join(world.folder, ".git", "exports.yaml");
    await import("node:fs/promises").then(({ writeFile }) => writeFile(other, spec("by-hand/")));
    const changed = await world.command.run(["apply", "-f", other, "--wait"]);
    assert.equal(changed.code, 0, changed.err);
    const { path, after } = await world.merge(pull);
    const refused = await world.apply(path);
    assert.equal(refused.code, 3, refused.err + refused.out);
    assert.match(refused.err, /Nothing was applied/);
    assert.match(refused.err, /acme\/exports: .*generation/i);
    assert.match(refused.err, /causeway preview -f pipelines\/acme\/exports\.yaml/);
    const status = world.github.statuses.findLast(({ sha }) => sha === after);
    assert.equal(status?.state, "failure");
    const got = await world.command.run(["get", "acme/exports", "--json"]);
    assert.match(got.out, /"prefix":"by-hand\/"/);
  });

  it("say of a wrong spec where it is wrong, and fail", async () => {
    const wrong = spec("in/").replace("type: s3", "type: s3\n  bucket: UPPER");
    const { pull, head } = await world.open({
      "pipelines/acme/wrong.yaml": wrong,
      "pipelines/acme/broken.yaml": "kind: [",
    });
    const { code } = await world.preview(pull);
    assert.equal(code, 1);
    const [comment] = world.comments(pull);
    assert.match(comment!.body, /cannot be merged as it is/);
    assert.match(comment!.body, /line 4, column 3/);
    assert.match(comment!.body, /The file is not a spec/);
    assert.equal(world.github.statuses.findLast(({ sha }) => sha === head)?.state, "failure");
  });

  it("explain a rename, and after the merge delete the one and make the other", async () => {
    const renamed = "pipelines/acme/archive.yaml";
    const { pull } = await world.open({ [file]: null, [renamed]: spec("reviewed/") });
    assert.equal((await world.preview(pull)).code, 0);
    const [comment] = world.comments(pull);
    assert.match(comment!.body, /deletes 1 pipeline/);
    assert.match(comment!.body, /A pipeline cannot change its name/);
    const { path } = await world.merge(pull);
    const applied = await world.apply(path);
    assert.equal(applied.code, 0, applied.err + applied.out);
    assert.equal((await world.command.run(["get", "acme/archive"])).code, 0);
    assert.equal((await world.command.run(["get", "acme/exports"])).code, 1);
  });

  it("are found among more comments than a page holds, and a forged marker of somebody else is left alone", async () => {
    const { pull } = await world.open({ "pipelines/acme/forged.yaml": spec("in/") });
    const forged = world.github.say(pull, "mallory", `${marker}\n\nall is well`);
    for (let count = 0; count < 130; count += 1) world.github.say(pull, "bob", `comment ${count}`);
    assert.equal((await world.preview(pull)).code, 0);
    assert.equal((await world.preview(pull)).code, 0);
    assert.equal(forged.body, `${marker}\n\nall is well`);
    const ours = world.comments(pull).filter(({ user }) => user.login === "github-actions[bot]");
    assert.equal(ours.length, 1);
  });

  it("end with one comment when two jobs make theirs at the same moment", async () => {
    const { pull } = await world.open({ "pipelines/acme/both.yaml": spec("in/") });
    world.github.meetAtCreate(2);
    const ended = await Promise.all([world.preview(pull), world.preview(pull)]);
    assert.deepEqual(
      ended.map(({ code }) => code),
      [0, 0],
      ended.map(({ err }) => err).join(),
    );
    assert.equal(world.comments(pull).length, 1);
  });

  it("wait when GitHub asks for patience, and say what right is missing", async () => {
    const { pull } = await world.open({ "pipelines/acme/patient.yaml": spec("in/") });
    world.github.limited = 1;
    const patient = await world.preview(pull);
    assert.equal(patient.code, 0, patient.err);
    assert.match(patient.err, /secondary rate limit is reached; again in 1 s/);
    world.github.readOnly = true;
    const refused = await world.preview(pull);
    world.github.readOnly = false;
    assert.equal(refused.code, 5);
    assert.match(refused.err, /statuses: write/);
    const unknown = await world.preview(pull, { GITHUB_TOKEN: "ghp_wrong-token-of-somebody" });
    assert.equal(unknown.code, 5);
    assert.match(unknown.err, /not good any more/);
    assert.ok(!unknown.err.includes("ghp_wrong-token-of-somebody"));
  });

  it("leave the comment to the job of the head when a push came in between", async () => {
    const { pull, head } = await world.open({ "pipelines/acme/late.yaml": spec("hold/") });
    const summary = join(world.folder, ".git", "summary.md");
    const running = world.preview(pull, { GITHUB_STEP_SUMMARY: summary });
    await until("the job's status", () =>
      Promise.resolve(world.github.statuses.find(({ sha }) => sha === head)),
    );
    await world.push(pull, { "pipelines/acme/late.yaml": spec("in/") });
    world.releasePreviews();
    const { err } = await running;
    assert.match(err, /is not the head any more/);
    assert.deepEqual(world.comments(pull), []);
    assert.match(await readFile(summary, "utf8"), /Causeway: /);
  });

  it("say nothing where no spec changes", async () => {
    const { pull } = await world.open({ "docs/words.md": "words" });
    assert.equal((await world.preview(pull)).code, 0);
    assert.deepEqual(world.comments(pull), []);
  });
});
