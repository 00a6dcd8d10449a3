import assert from "node:assert/strict";
import { appendFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { readWorkflow, runStep, type Step, type Workflow } from "./steps.ts";
import { pullWorld, spec } from "./world.ts";

const ours = join(import.meta.dirname, "../../../..");

describe(".github/workflows/pipelines.yml", function () {
  this.timeout(120_000);
  let world: Awaited<ReturnType<typeof pullWorld>>;
  let workflow: Workflow;

  before(async () => {
    workflow = await readWorkflow();
    world = await pullWorld();
    // What checkout and npm ci leave there.
    for (const folder of ["cli", "node_modules"]) {
      await symlink(join(ours, folder), join(world.folder, folder));
    }
    await appendFile(join(world.folder, ".git/info/exclude"), "/cli\n/node_modules\n");
  });

  after(async () => world.closeAll());

  /** The steps that are the product's; checkout and npm ci have happened. */
  function stepOf(job: string): Step {
    const step = workflow.jobs[job]?.steps.find(({ run }) => run?.includes("causeway") === true);
    assert.ok(step !== undefined, `a step of ${job} runs causeway`);
    return step;
  }

  async function runJob(job: string, event: string) {
    const values = {
      "github.token": "ghs_workflow",
      "vars.CAUSEWAY_URL": world.url,
      "secrets.CAUSEWAY_PREVIEW_TOKEN": "",
      "secrets.CAUSEWAY_APPLY_TOKEN": "",
    };
    const env = {
      PATH: "/usr/bin:/bin",
      HOME: world.home.folder,
      GITHUB_REPOSITORY: "octo/specs",
      GITHUB_API_URL: world.github.url,
      GITHUB_EVENT_PATH: event,
    };
    return runStep(stepOf(job), values, env, world.folder);
  }

  it("previews a pull request and applies its merge, by the steps as they are written", async () => {
    const { pull } = await world.open({ "pipelines/acme/exports.yaml": spec("in/") });
    const event = await world.event({ pull_request: { number: pull } });
    const previewed = await runJob("preview", event);
    assert.equal(previewed.code, 0, previewed.out);
    assert.equal(world.comments(pull).length, 1);
    const { path } = await world.merge(pull);
    const applied = await runJob("apply", path);
    assert.equal(applied.code, 0, applied.out);
    assert.match(applied.out, /acme\/exports: succeeded/);
  });

  it("runs no package of that name from a registry", () => {
    for (const job of Object.keys(workflow.jobs)) {
      assert.match(stepOf(job).run ?? "", /^\.\/cli\/causeway /);
    }
  });

  it("gives each job the least rights, keeps forks out, and queues what it applies", () => {
    assert.deepEqual(workflow.permissions, {});
    const least = { contents: "read", "pull-requests": "write", statuses: "write" };
    for (const job of Object.values(workflow.jobs)) assert.deepEqual(job.permissions, least);
    const { preview, apply } = workflow.jobs;
    assert.match(preview!.if, /head\.repo\.full_name == github\.repository/);
    assert.ok(!("pull_request_target" in workflow.on));
    assert.equal(preview!.concurrency["cancel-in-progress"], true);
    assert.equal(apply!.concurrency["cancel-in-progress"], false);
  });
});
