import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { post, until } from "../../service/harness.ts";
import type { Effects } from "../platform/previewing.ts";
import { pullWorld } from "./world.ts";

const file = "infra/program.ts";
const program = (effects: Effects) => `export const effects = ${JSON.stringify(effects)};\n`;

describe("a pull request that changes the program", function () {
  this.timeout(120_000);
  let world: Awaited<ReturnType<typeof pullWorld>>;

  before(async () => {
    world = await pullWorld();
    for (const [tenant, name] of [
      ["acme", "exports"],
      ["acme", "images"],
      ["beta", "exports"],
      ["gamma", "logs"],
      ["gamma", "raw"],
    ] as const) {
      await until(world.url, (await post(world.url, name, "in/", tenant)).id);
    }
  });

  after(async () => world.closeAll());

  /** As the platform's own pipeline puts a commit's program in place: docs/previews.md. */
  const bring = (commit: string) =>
    cp(join(world.folder, "infra"), join(world.home.folder, "programs", commit, "infra"), {
      recursive: true,
    });
  const commentOf = (pull: number): string => {
    const [comment, ...others] = world.comments(pull);
    assert.deepEqual(others, []);
    return (comment?.body ?? "").replaceAll(/\s+/g, " ");
  };
  const lastState = (head: string) =>
    world.github.statuses.findLast(({ sha }) => sha === head)?.state;

  it("is shown as the sum over every pipeline that stands, the dangerous first, and follows each push", async () => {
    const { pull, head } = await world.open({
      [file]: program({
        "acme.images": { update: 2 },
        "beta.exports": { replace: 1, update: 1 },
        "gamma.raw": "queue.ts: no such region <b>@everyone</b>",
      }),
    });
    await bring(head);
    const first = await world.preview(pull);
    assert.equal(first.code, 1, first.err + first.out);
    const body = commentOf(pull);
    assert.ok(body.includes(head));
    assert.match(body, /The program changes: .*infra\/program\.ts/);
    assert.match(
      body,
      /Of 5 pipelines looked at \(5 stand\): <b>replacements in 1<\/b>, <b>failures in 1<\/b>, updates in 1, no change in 2/,
    );
    const order = ["beta/exports", "gamma/raw", "acme/images"].map((name) => body.indexOf(name));
    assert.ok(!order.includes(-1) && order.every((at, i) => i === 0 || at > order[i - 1]!), body);
    assert.match(body, /replace 1, update 1/);
    assert.doesNotMatch(body, /<b>@everyone/, "what failed is quoted, not rendered");
    const page = /\/v1\/blast-radius\/blast_\w+/.exec(body)?.[0] ?? "";
    assert.notEqual(page, "");
    const sums = (await (await fetch(`${world.url}${page}`)).json()) as Record<string, unknown>;
    assert.deepEqual(
      [sums["state"], sums["program"], sums["total"], sums["tenants"]],
      ["done", head, 5, { replacement: 1, failure: 1, update: 1, none: 0, pending: 0 }],
    );
    assert.equal(lastState(head), "failure");

    const next = await world.push(pull, { [file]: program({ "acme.images": { update: 1 } }) });
    await bring(next);
    const second = await world.preview(pull);
    assert.equal(second.code, 0, second.err + second.out);
    assert.match(
      commentOf(pull),
      /<b>replacements in 0<\/b>, <b>failures in 0<\/b>, updates in 1, no change in 4/,
    );
    assert.equal(lastState(next), "success");
  });

  it("is not called harmless where the service does not have that program", async () => {
    const { pull, head } = await world.open({ [file]: program({ "acme.exports": { delete: 9 } }) });
    const { code } = await world.preview(pull);
    assert.notEqual(code, 0);
    assert.match(
      commentOf(pull),
      /What that does to the pipelines that stand is not known<\/b>: .*Expected the name of a program/,
    );
    assert.equal(lastState(head), "error");
  });
});
