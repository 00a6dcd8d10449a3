import assert from "node:assert/strict";
import request from "supertest";
import type { Service } from "../../../service/service.ts";
import { postgresOrSkip, type PostgresServer } from "../../support/postgres.ts";
import { fakeEngine } from "./fake-engine.ts";
import {
  bodyOf,
  makeHome,
  post,
  spec,
  start,
  until,
  type Home,
  type ProblemBody,
} from "./harness.ts";

const acme = "/v1/tenants/acme";

interface Resource {
  name: string;
  /** Makes one, and answers with where it is. */
  make: (url: string) => Promise<string>;
  method: "put" | "delete";
  body?: () => object;
}

let count = 0;

async function makePipeline(url: string): Promise<string> {
  count += 1;
  const name = `p${count}`;
  await until(url, (await post(url, name, "in/")).id);
  return `${acme}/pipelines/${name}`;
}

async function makeToken(url: string, collection: string, body: object): Promise<string> {
  const { id } = await bodyOf<{ id: string }>(request(url).post(collection).send(body), 201);
  return `${collection}/${id}`;
}

const resources: Resource[] = [
  {
    name: "a pipeline's spec",
    make: makePipeline,
    method: "put",
    body: () => ({ spec: spec(`in-${(count += 1)}/`) }),
  },
  { name: "a pipeline's end", make: makePipeline, method: "delete" },
  {
    name: "a tenant's quotas",
    make: () => Promise.resolve(`/v1/tenants/t${(count += 1)}/quotas`),
    method: "put",
    body: () => ({ pipelines: (count += 1) }),
  },
  {
    name: "a tenant's token",
    make: (url) => makeToken(url, `${acme}/tokens`, { name: "ci", role: "reader" }),
    method: "delete",
  },
  {
    name: "an operator's token",
    make: (url) => makeToken(url, "/v1/tokens", { name: "ci" }),
    method: "delete",
  },
];

describe("If-Match", () => {
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
  const etagAt = async (path: string): Promise<string> => {
    const { headers } = await request(service.url).get(path).expect(200);
    assert.match(headers.etag ?? "", /^"\w+-\w+"$/, path);
    return headers.etag ?? "";
  };

  for (const { name, make, method, body } of resources) {
    const send = (path: string, ifMatch: string) => {
      const sent = request(service.url)[method](path).set("if-match", ifMatch);
      return body === undefined ? sent : sent.send(body());
    };

    it(`on ${name} is refused when it is another's, weak or garbled, and changes nothing`, async () => {
      const path = await make(service.url);
      const etag = await etagAt(path);
      for (const [sent, status] of [
        ['"999-1"', 412],
        [`W/${etag}`, 412],
        ['""', 412],
        [etag.replaceAll('"', ""), 400],
        ['"open', 400],
      ] as const) {
        const problem = await bodyOf<ProblemBody>(send(path, sent), status);
        assert.match(problem.type, status === 412 ? /precondition-failed$/ : /invalid-request$/);
        if (status === 400) assert.equal(problem.errors?.[0]?.pointer, "/If-Match");
      }
      assert.equal(await etagAt(path), etag);
    });

    it(`on ${name} lets the one through that it was read with, once, and * always`, async () => {
      const path = await make(service.url);
      const etag = await etagAt(path);
      const done = await send(path, `"other-1", ${etag}`);
      assert.ok(done.status === 200 || done.status === 202, String(done.status));
      // One that is being deleted has its generation still: asked for again it is the same deletion.
      if (!path.includes("pipelines") || method === "put") await send(path, etag).expect(412);
      const any = await send(await make(service.url), "*");
      assert.ok(any.status === 200 || any.status === 202, String(any.status));
    });
  }

  it("of a token outlives its use, which is no change of it, though the ETag shows it", async () => {
    const collection = `${acme}/tokens`;
    const sent = request(service.url).post(collection).send({ name: "ci", role: "reader" });
    const { id, token } = await bodyOf<{ id: string; token: string }>(sent, 201);
    const path = `${collection}/${id}`;
    const etag = await etagAt(path);
    const used = request(service.url).get("/v1/me").set("authorization", `Bearer ${token}`);
    await used.expect(200);
    assert.notEqual(await etagAt(path), etag);
    await request(service.url).delete(path).set("if-match", etag).expect(200);
  });

  it("of quotas holds on to the limits, and their ETag shows the use: a cache is told of it", async () => {
    const path = "/v1/tenants/user/quotas";
    const etag = await etagAt(path);
    await until(service.url, (await post(service.url, "one", "in/", "user")).id);
    await request(service.url).get(path).set("if-none-match", etag).expect(200);
    await request(service.url).put(path).set("if-match", etag).send({ pipelines: 5 }).expect(200);
  });
});

describe("If-Match of quotas that nobody has set, on Postgres", () => {
  let server: PostgresServer | undefined;
  let home: Home;
  let service: Service;
  before(async function () {
    server = await postgresOrSkip(this);
    home = await makeHome({ DATABASE_URL: server.url });
    service = await start(home, { runEngine: fakeEngine().run });
  });
  after(async () => {
    if (server === undefined) return;
    await service.stop();
    await server.stop();
    await home.remove();
  });

  it("lets one of many through that come at the same time", async () => {
    for (let round = 0; round < 5; round += 1) {
      const path = `/v1/tenants/t${round}/quotas`;
      const answers = await Promise.all(
        [1, 2, 3, 4, 5, 6].map((pipelines) =>
          request(service.url).put(path).set("if-match", '"0"').send({ pipelines }),
        ),
      );
      const passed = answers.filter(({ status }) => status === 200);
      assert.equal(passed.length, 1, String(answers.map(({ status }) => status)));
    }
  });
});
