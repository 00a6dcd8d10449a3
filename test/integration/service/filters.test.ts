import assert from "node:assert/strict";
import request from "supertest";
import type { Service } from "../../../service/service.ts";
import { fakeEngine } from "./fake-engine.ts";
import { bodyOf, makeHome, post, start, until, type Home } from "./harness.ts";

interface Page {
  items: { name: string; status?: { state: string }; metadata?: { action: string } }[];
  nextCursor: string | null;
}

describe("a list", () => {
  let home: Home;
  let service: Service;
  const engine = fakeEngine();
  const pipelines = "/v1/tenants/acme/pipelines";
  const list = (path: string) => bodyOf<Page>(request(service.url).get(path));
  before(async () => {
    home = await makeHome();
    service = await start(home, { runEngine: engine.run });
    for (const [name, prefix] of [
      ["good-1", "in/"],
      ["bad-1", "fail/"],
      ["good-2", "in/"],
      ["bad-2", "fail/"],
    ] as const) {
      await until(service.url, (await post(service.url, name, prefix)).id);
    }
    await until(service.url, (await post(service.url, "busy", "hold/")).id, "running");
    const preview = await bodyOf<{ id: string }>(
      request(service.url).post(`${pipelines}/good-1/previews`),
      202,
    );
    await until(service.url, preview.id);
  });
  after(async () => {
    engine.release();
    await service.stop();
    await home.remove();
  });

  it("of pipelines can be cut down to a status, page by page, and agrees with what each one says", async () => {
    const { items } = await list(pipelines);
    for (const state of ["ready", "failed", "creating", "updating", "cancelled"]) {
      const wanted = items.filter(({ status }) => status?.state === state);
      const seen: string[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
        const page: Page = await list(`${pipelines}?state=${state}&limit=1${more}`);
        seen.push(...page.items.map(({ name }) => name));
        cursor = page.nextCursor;
      }
      assert.deepEqual(
        seen,
        wanted.map(({ name }) => name),
        state,
      );
    }
    assert.equal((await list(`${pipelines}?state=failed`)).items.length, 2);
  });

  it("of operations can be cut down to an action, a state and a pipeline together", async () => {
    const { items } = await list("/v1/operations?action=preview");
    assert.deepEqual(
      items.map(({ metadata }) => metadata?.action),
      ["preview"],
    );
    const none = await list("/v1/operations?action=create&state=failed&pipeline=good-1");
    assert.deepEqual(none.items, []);
    assert.equal((await list("/v1/operations?action=create&state=failed")).items.length, 2);
  });
});
