import assert from "node:assert/strict";
import request from "supertest";
import type { Service } from "../../../service/service.ts";
import { fakeEngine } from "./fake-engine.ts";
import {
  bodyOf,
  makeHome,
  post,
  spec,
  start,
  until,
  type Home,
  type OperationBody,
  type ProblemBody,
} from "./harness.ts";

const pipelines = "/v1/tenants/acme/pipelines";

describe("pipelines and operations over HTTP", () => {
  let home: Home;
  let service: Service;
  const engine = fakeEngine();
  const api = () => request(service.url);

  before(async () => {
    home = await makeHome();
    service = await start(home, { runEngine: engine.run });
  });
  after(async () => {
    engine.release();
    await service.stop();
    await home.remove();
  });

  describe("a POST of an update", () => {
    it("builds the same generation again, once for all that wait", async () => {
      const { id } = await post(service.url, "again", "hold/");
      await until(service.url, id, "running");
      const update = () => api().post(`${pipelines}/again/updates`).send({}).expect(202);
      const [first, second] = [(await update()).body, (await update()).body] as OperationBody[];
      assert.equal(first?.id, second?.id);
      assert.deepEqual([first?.metadata.action, first?.metadata.generation], ["update", 1]);
      engine.release();
      await until(service.url, id);
      await until(service.url, first?.id ?? "", "running");
      engine.release();
      const end = await until(service.url, first?.id ?? "");
      assert.equal(end.metadata.state, "succeeded");
    });

    it("of a pipeline that is not there is a 404", async () => {
      await api().post(`${pipelines}/nowhere/updates`).send({}).expect(404);
    });
  });

  describe("a POST of a pipeline", () => {
    it("answers 202 with an operation and where to find it", async () => {
      const answer = await api().post(pipelines).send({ name: "first", spec: spec() }).expect(202);
      const operation = answer.body as OperationBody;
      assert.equal(answer.headers.location, `/v1/operations/${operation.id}`);
      assert.equal(operation.metadata.action, "create");
      const end = await until(service.url, operation.id);
      assert.equal(end.metadata.state, "succeeded");
      assert.deepEqual(end.response?.outputs, { sourceBucket: "b" });
    });

    it("sent twice answers with the same operation: 202 while it runs, 200 when it is done", async () => {
      const body = { name: "twice", spec: spec("hold/") };
      const first = await api().post(pipelines).send(body).expect(202);
      const second = await api().post(pipelines).send(body).expect(202);
      const { id } = first.body as OperationBody;
      assert.equal((second.body as OperationBody).id, id);
      await until(service.url, id, "running");
      engine.release();
      await until(service.url, id);
      const third = await api().post(pipelines).send(body).expect(200);
      assert.equal((third.body as OperationBody).id, id);
      const list = await api().get(`/v1/operations?tenant=acme&pipeline=twice`).expect(200);
      assert.equal((list.body as { items: unknown[] }).items.length, 1);
    });

    it("sees the same spec through what is written differently: defaults, order of fields", async () => {
      const { id } = await post(service.url, "defaults", "in/");
      const written = {
        targets: [{ name: "azure", type: "azure-blob" }],
        deletes: { mode: "ignore" },
      };
      const body = {
        spec: { ...written, source: { prefix: "in/", type: "s3" }, kind: "copy" },
        name: "defaults",
      };
      const again = await api().post(pipelines).send(body);
      assert.equal((again.body as OperationBody).id, id);
    });

    it("with another spec is a conflict that points to PUT", async () => {
      await post(service.url, "taken", "in/");
      const answer = await api()
        .post(pipelines)
        .send({ name: "taken", spec: spec("out/") })
        .expect(409);
      assert.match(
        (answer.body as ProblemBody).detail,
        /PUT \/v1\/tenants\/acme\/pipelines\/taken/,
      );
    });

    it("tries again what failed, and says why it had failed", async () => {
      const failed = await until(service.url, (await post(service.url, "fails", "fail/")).id);
      assert.equal(failed.metadata.state, "failed");
      assert.deepEqual(failed.error, {
        type: "urn:causeway:problem:operation-failed",
        title: "The create failed",
        detail: "no",
        code: "resource-failed",
        resource: "urn",
        remedy: "mend",
      });
      const { status } = await bodyOf<{ status: { state: string; reason: string } }>(
        api().get(`${pipelines}/fails`),
      );
      assert.deepEqual([status.state, status.reason], ["failed", "Its create failed: no"]);
      const again = await post(service.url, "fails", "fail/");
      assert.notEqual(again.id, failed.id);
    });

    it("with validateOnly makes a preview and no pipeline", async () => {
      const answer = await api()
        .post(`${pipelines}?validateOnly=true`)
        .send({ name: "never", spec: spec() })
        .expect(202);
      const operation = answer.body as OperationBody & { links: { preview: string } };
      assert.equal(operation.metadata.action, "preview");
      const preview = await bodyOf<{ action: string }>(api().get(operation.links.preview));
      assert.equal(preview.action, "create");
      await api().get(`${pipelines}/never`).expect(404);
      const all = await bodyOf<{ items: { name: string }[] }>(
        api().get(`${pipelines}?deleted=true&limit=500`),
      );
      assert.ok(all.items.every(({ name }) => name !== "never"));
    });

    it("that is legal but not built yet says what can be had instead", async () => {
      const answer = await api()
        .post(pipelines)
        .send({ name: "later", spec: { ...spec(), compute: "lambda" } })
        .expect(422);
      const problem = answer.body as ProblemBody;
      assert.equal(problem.type, "urn:causeway:problem:not-available");
      assert.equal(problem.errors?.[0]?.pointer, "/spec/compute");
      assert.match(problem.errors[0].detail, /available now: "fargate"/);
    });

    it("from many at once makes one pipeline", async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          api().post(pipelines).send({ name: "many", spec: spec() }),
        ),
      );
      const ids = new Set(answers.map(({ body }) => (body as OperationBody).id));
      assert.equal(ids.size, 1);
    });
  });

  describe("an Idempotency-Key", () => {
    const key = "9f0c1a2e";
    it("makes a DELETE that is sent again the same DELETE", async () => {
      await until(service.url, (await post(service.url, "gone", "in/")).id);
      const first = await api().delete(`${pipelines}/gone`).set("idempotency-key", key).expect(202);
      const { id } = first.body as OperationBody;
      await until(service.url, id);
      await api().get(`${pipelines}/gone`).expect(404);
      const again = await api().delete(`${pipelines}/gone`).set("idempotency-key", key).expect(200);
      assert.equal((again.body as OperationBody).id, id);
    });

    it("that belongs to another request is refused", async () => {
      const answer = await api()
        .post(pipelines)
        .set("idempotency-key", key)
        .send({ name: "other", spec: spec() })
        .expect(422);
      assert.equal((answer.body as ProblemBody).type, "urn:causeway:problem:key-reused");
      await api().get(`${pipelines}/other`).expect(404);
    });

    it("of a request that was refused may be used for the request that is right", async () => {
      await post(service.url, "mended", "in/");
      const send = (prefix: string) =>
        api()
          .post(pipelines)
          .set("idempotency-key", "mend-1")
          .send({ name: "mended", spec: spec(prefix) });
      await send("out/").expect(409);
      const { status } = await send("in/");
      assert.ok(status === 200 || status === 202);
    });
  });

  describe("a PUT", () => {
    it("writes a new generation, and only when the spec is another", async () => {
      await until(service.url, (await post(service.url, "grows", "in/")).id);
      const put = (prefix: string) =>
        api()
          .put(`${pipelines}/grows`)
          .send({ spec: spec(prefix) });
      const changed = (await put("out/").expect(202)).body as OperationBody;
      assert.deepEqual([changed.metadata.action, changed.metadata.generation], ["update", 2]);
      await until(service.url, changed.id);
      const same = (await put("out/").expect(200)).body as OperationBody;
      assert.equal(same.id, changed.id);
      const { generation, deployedGeneration } = await bodyOf<Record<string, number>>(
        api().get(`${pipelines}/grows`),
      );
      assert.deepEqual([generation, deployedGeneration], [2, 2]);
    });

    it("with an ETag from before somebody else's change is refused", async () => {
      await until(service.url, (await post(service.url, "shared", "in/")).id);
      const { headers } = await api().get(`${pipelines}/shared`).expect(200);
      const put = (prefix: string) =>
        api()
          .put(`${pipelines}/shared`)
          .set("if-match", headers.etag ?? "")
          .send({ spec: spec(prefix) });
      await put("mine/").expect(202);
      const answer = await put("yours/").expect(412);
      assert.match((answer.body as ProblemBody).detail, /generation 2/);
    });

    it("takes the place of those that have not begun: a burst builds the first and the last", async () => {
      const running = await post(service.url, "burst", "hold/");
      await until(service.url, running.id, "running");
      const burst: OperationBody[] = [];
      for (const prefix of ["b/", "c/", "d/"]) {
        const put = api()
          .put(`${pipelines}/burst`)
          .send({ spec: spec(prefix) });
        burst.push((await put.expect(202)).body as OperationBody);
      }
      engine.release();
      const ends = await Promise.all(burst.map(({ id }) => until(service.url, id)));
      assert.deepEqual(
        ends.map(({ metadata, error }) => [metadata.state, error?.code]),
        [
          ["cancelled", "superseded"],
          ["cancelled", "superseded"],
          ["succeeded", undefined],
        ],
      );
      const { deployedGeneration } = await bodyOf<Record<string, number>>(
        api().get(`${pipelines}/burst`),
      );
      assert.equal(deployedGeneration, 4);
    });

    it("of a pipeline that is not there is not found: POST makes pipelines", async () => {
      await api().put(`${pipelines}/nowhere`).send({ spec: spec() }).expect(404);
    });
  });

  describe("a DELETE", () => {
    it("waits behind what runs, cancels what is queued, and leaves a tombstone", async () => {
      const running = await post(service.url, "busy", "hold/");
      await until(service.url, running.id, "running");
      const queued = (
        await api()
          .put(`${pipelines}/busy`)
          .send({ spec: spec("next/") })
          .expect(202)
      ).body as OperationBody;
      assert.equal(queued.metadata.position, 1);
      const gone = (await api().delete(`${pipelines}/busy`).expect(202)).body as OperationBody;
      const twice = (await api().delete(`${pipelines}/busy`).expect(202)).body as OperationBody;
      assert.equal(twice.id, gone.id);
      const cancelled = await until(service.url, queued.id);
      assert.equal(cancelled.error?.code, "cancelled");
      await api()
        .put(`${pipelines}/busy`)
        .send({ spec: spec("next/") })
        .expect(409);
      await api()
        .post(pipelines)
        .send({ name: "busy", spec: spec("next/") })
        .expect(409);
      engine.release();
      assert.equal((await until(service.url, gone.id)).metadata.state, "succeeded");
      await api().get(`${pipelines}/busy`).expect(404);
      const list = await api().get(`${pipelines}?deleted=true`).expect(200);
      const items = (list.body as { items: { name: string; status: { state: string } }[] }).items;
      assert.equal(items.find(({ name }) => name === "busy")?.status.state, "removed");
      const { id } = await post(service.url, "busy", "in/");
      assert.equal((await until(service.url, id)).metadata.action, "create");
    });
  });

  describe("a cancellation", () => {
    it("interrupts what runs and settles it as cancelled", async () => {
      const { id } = await post(service.url, "stopped", "hold/");
      await until(service.url, id, "running");
      await api().post(`/v1/operations/${id}/cancel`).expect(202);
      const end = await until(service.url, id);
      assert.equal(end.metadata.state, "cancelled");
      await api().post(`/v1/operations/${id}/cancel`).expect(200);
    });

    it("of what has succeeded is a conflict", async () => {
      const { id } = await until(service.url, (await post(service.url, "toolate", "in/")).id);
      await api().post(`/v1/operations/${id}/cancel`).expect(409);
    });
  });

  describe("lists", () => {
    it("give every pipeline once, in order, whatever the page's size", async () => {
      const names = ["aa", "bb", "cc", "dd", "ee"];
      for (const name of names) await post(service.url, name, "in/", "lister");
      for (const limit of [1, 2, 5, 6]) {
        const seen: string[] = [];
        let cursor: string | null = "";
        while (cursor !== null) {
          const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
          const answer: { items: { name: string }[]; nextCursor: string | null } = await bodyOf(
            api().get(`/v1/tenants/lister/pipelines?limit=${limit}${more}`),
          );
          seen.push(...answer.items.map(({ name }) => name));
          cursor = answer.nextCursor;
        }
        assert.deepEqual(seen, names);
      }
    });

    it("of one tenant hold nothing of another", async () => {
      assert.deepEqual(await bodyOf(api().get("/v1/tenants/nobody/pipelines")), {
        items: [],
        nextCursor: null,
      });
    });
  });

  describe("an operation's events", () => {
    it("come as a page, or as a stream that ends with the operation and goes on where it was left", async () => {
      const { id } = await until(service.url, (await post(service.url, "told", "in/")).id);
      const listed = await api().get(`/v1/operations/${id}/events`).expect(200);
      assert.equal((listed.body as { items: { kind: string }[] }).items[0]?.kind, "summary");
      const stream = () => api().get(`/v1/operations/${id}/events`).accept("text/event-stream");
      const all = await stream().buffer(true).expect(200);
      assert.match(all.text, /^id: 1\nevent: summary\n/m);
      assert.match(all.text, /event: settled\ndata: {.*"state":"succeeded"/);
      const rest = await stream().set("last-event-id", "1").buffer(true);
      assert.doesNotMatch(rest.text, /id: 1\n/);
    });
  });
});
