import assert from "node:assert/strict";
import request from "supertest";
import type { Service } from "../../../service/service.ts";
import { fakeEngine } from "../service/fake-engine.ts";
import { makeHome, spec, start, type Home } from "../service/harness.ts";

const html = "text/html,*/*;q=0.8";

describe("a browser at a service on this machine, without an issuer", () => {
  let home: Home;
  let service: Service;
  before(async () => {
    home = await makeHome();
    service = await start(home, { runEngine: fakeEngine().run });
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  it("opens pages as they are, and needs no sign-in", async () => {
    const page = await request(service.url).get("/").set("accept", html).expect(200);
    assert.match(page.text, /You are local/);
    assert.doesNotMatch(page.text, /Sign out/);
    const { headers } = await request(service.url).get("/login?next=/docs").expect(303);
    assert.equal(headers.location, `${service.url}/docs`);
    const none = await request(service.url).get("/v1/previews/pv_1/page").set("accept", html);
    assert.equal(none.status, 404);
    assert.match(none.text, /<h1>There is no such thing<\/h1>/);
    assert.doesNotMatch(none.text, /href="\/login/);
  });

  it("changes nothing for a page of somebody else's that the same person looks at", async () => {
    const change = (headers: Record<string, string>, name: string) =>
      request(service.url)
        .post("/v1/tenants/acme/pipelines")
        .set(headers)
        .send({ name, spec: spec() })
        .then(({ status }) => status);
    assert.equal(await change({ origin: "https://evil.example" }, "one"), 403);
    assert.equal(await change({ "sec-fetch-site": "cross-site" }, "one"), 403);
    assert.equal(
      await change({ "sec-fetch-site": "same-site", origin: "http://127.0.0.1:1" }, "one"),
      403,
    );
    // A program says nothing of the kind; our own pages say that they are.
    assert.equal(await change({}, "one"), 202);
    assert.equal(
      await change({ origin: service.url, "sec-fetch-site": "same-origin" }, "two"),
      202,
    );
    const cancel = request(service.url).post("/v1/operations/op_1/cancel");
    assert.equal((await cancel.set("origin", "https://evil.example")).status, 403);
  });
});

describe("a browser at a service that knows a token only", () => {
  it("is told why it cannot sign in, instead of going in circles", async () => {
    const home = await makeHome({ CAUSEWAY_TOKEN: "an-operator-token-of-a-test" });
    const service = await start(home, { runEngine: fakeEngine().run });
    try {
      for (const path of ["/", "/login"]) {
        const { status, text } = await request(service.url).get(path).set("accept", html);
        assert.equal(status, 401, path);
        assert.match(text, /<h1>A token is needed<\/h1>/);
      }
    } finally {
      await service.stop();
      await home.remove();
    }
  });
});
