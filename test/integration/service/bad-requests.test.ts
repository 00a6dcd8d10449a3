import assert from "node:assert/strict";
import { connect } from "node:net";
import request from "supertest";
import type { Service } from "../../../service/service.ts";
import { fakeEngine } from "./fake-engine.ts";
import { makeHome, spec, start, type Home, type ProblemBody } from "./harness.ts";

const pipelines = "/v1/tenants/acme/pipelines";

describe("a bad request", () => {
  let home: Home;
  let service: Service;
  const api = () => request(service.url);
  before(async () => {
    home = await makeHome();
    service = await start(home, { runEngine: fakeEngine().run });
  });
  after(async () => {
    await service.stop();
    await home.remove();
  });

  const bad: [string, unknown, RegExp, string][] = [
    [
      "an unknown field",
      { name: "bad", spec: { ...spec(), sorce: 1 } },
      /Did you mean "source"/,
      "/spec/sorce",
    ],
    ["no kind", { name: "bad", spec: {} }, /"copy", "load"/, "/spec/kind"],
    ["no spec", { name: "bad" }, /got nothing/, "/spec"],
    ["a name with capitals", { name: "Bad", spec: spec() }, /lower-case/, "/name"],
    [
      "no targets",
      { name: "bad", spec: { ...spec(), targets: [] } },
      /at least 1/,
      "/spec/targets",
    ],
    ["a list for a body", [], /an object/, ""],
    ["a number for a body", 7, /an object/, ""],
    [
      "a field of ours that is not one",
      { name: "bad", spec: spec(), force: true },
      /"force"/,
      "/force",
    ],
  ];
  for (const [what, body, detail, pointer] of bad) {
    it(`with ${what} is answered with the field, what was expected and what was got`, async () => {
      const answer = await api()
        .post(pipelines)
        .set("content-type", "application/json")
        .send(JSON.stringify(body))
        .expect(400)
        .expect("content-type", /^application\/problem\+json/);
      const problem = answer.body as ProblemBody;
      assert.equal(problem.type, "urn:causeway:problem:invalid-request");
      const error = problem.errors?.find((one) => one.pointer === pointer);
      assert.match(error?.detail ?? JSON.stringify(problem.errors), detail);
    });
  }

  it("never repeats a secret that was typed into a spec, and stores nothing", async () => {
    const secret = "AKIAIOSFODNN7EXAMPLE";
    const body = { name: "leaky", spec: { ...spec(), source: { type: "s3", prefix: secret } } };
    const answer = await api().post(pipelines).send(body).expect(400);
    assert.doesNotMatch(answer.text, new RegExp(secret));
    await api().get(`${pipelines}/leaky`).expect(404);
  });

  const refused: [string, number, string, () => request.Test][] = [
    ["JSON that is cut", 400, "malformed-json", () => raw('{"name":')],
    ["no body", 400, "invalid-request", () => api().post(pipelines)],
    ["a form", 415, "wrong-content-type", () => api().post(pipelines).type("form").send("a=b")],
    [
      "JSON that says it is text",
      415,
      "wrong-content-type",
      () => api().post(pipelines).type("text").send("{}"),
    ],
    [
      "a body of 300 kB",
      413,
      "too-large",
      () => raw(JSON.stringify({ name: "x".repeat(300_000) })),
    ],
    ["an address that is none", 404, "not-found", () => api().get("/v1/pipeline")],
    ["a pipeline that is not there", 404, "not-found", () => api().get(`${pipelines}/nowhere`)],
    ["an operation that is not there", 404, "not-found", () => api().get("/v1/operations/op_0")],
    ["a method that is not taken", 405, "wrong-method", () => api().patch(pipelines)],
    ["an unknown parameter", 400, "invalid-request", () => api().get(`${pipelines}?limt=3`)],
    ["a limit of none", 400, "invalid-request", () => api().get(`${pipelines}?limit=0`)],
    [
      "a limit given twice",
      400,
      "invalid-request",
      () => api().get(`${pipelines}?limit=1&limit=2`),
    ],
    ["a cursor of its own", 400, "invalid-request", () => api().get(`${pipelines}?cursor=abc`)],
    [
      "a tenant that cannot be",
      400,
      "invalid-request",
      () => api().get("/v1/tenants/A_B/pipelines"),
    ],
    [
      "an address that is no UTF-8",
      400,
      "invalid-request",
      () => api().get("/v1/tenants/%ff/pipelines"),
    ],
    ["a NUL in a query", 400, "invalid-request", () => api().get("/v1/audit?principal=%00")],
    [
      "a NUL in a token's name",
      400,
      "invalid-request",
      () => api().post("/v1/tokens").send({ name: "a\u0000b" }),
    ],
    [
      "a NUL in a spec",
      400,
      "invalid-request",
      () => {
        const filter = { include: ["a\u0000b"] };
        return api()
          .post(pipelines)
          .send({ name: "nul", spec: { ...spec(), filter } });
      },
    ],
  ];
  function raw(text: string): request.Test {
    return api().post(pipelines).set("content-type", "application/json").send(text);
  }
  for (const [what, status, kind, send] of refused) {
    it(`with ${what} is a problem of its own kind (${status})`, async () => {
      const answer = await send()
        .expect(status)
        .expect("content-type", /problem\+json/);
      const problem = answer.body as ProblemBody;
      assert.equal(problem.type, `urn:causeway:problem:${kind}`);
      assert.equal(problem.status, status);
      assert.notEqual(problem.detail, "");
      assert.equal(problem.instance, `urn:causeway:request:${answer.headers["x-request-id"]}`);
    });
  }

  it("of a wrong method is told the right ones", async () => {
    const answer = await api().patch(pipelines).expect(405);
    assert.equal(answer.headers.allow, "GET, HEAD, POST");
  });

  it("keeps the request id that the caller gave, unless it is an odd one", async () => {
    const good = await api().get("/v1/nowhere").set("x-request-id", "trace-7");
    assert.equal(good.headers["x-request-id"], "trace-7");
    const odd = await api().get("/v1/nowhere").set("x-request-id", "a b<script>");
    assert.notEqual(odd.headers["x-request-id"], "a b<script>");
  });

  it("from a web page under another name that leads to this machine is refused", async () => {
    const answer = await api().get(pipelines).set("host", "evil.example").expect(421);
    assert.equal((answer.body as ProblemBody).type, "urn:causeway:problem:wrong-host");
  });

  it("that breaks off half-way leaves the service standing", async () => {
    const { port } = new URL(service.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      `POST ${pipelines} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`,
    );
    socket.write("content-length: 100\r\n\r\n{");
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await api().get("/healthz").expect(200);
  });
});
