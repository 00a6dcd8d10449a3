import assert from "node:assert/strict";
import { Client } from "../../../../service/client/client.ts";
import { operations } from "../../../../service/client/operations.ts";
import { ApiProblem, Unreachable } from "../../../../service/client/problem.ts";
import { retryAfterMs } from "../../../../service/client/retry.ts";
import { rowsOf } from "../../../../service/client/wait.ts";
import { endpoints } from "../../../../service/routes/index.ts";
import { json, problem, scripted } from "./server.ts";

const pipeline = { params: { tenant: "acme", name: "exports" } };
/** Pages for people, and what is for other programs than this client. */
const leftOut = new Set(["openapi", "metrics", "explainProblem"]);

function clientOf(url: string, more: { token?: string } = {}) {
  const pauses: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  return { client: new Client({ url, sleep, ...more }), pauses };
}

describe("the client", () => {
  it("knows every endpoint of the service", () => {
    const isPage = ({ answers }: (typeof endpoints)[number]) =>
      Object.values(answers).some(({ contentType }) => contentType === "text/html");
    const there = endpoints
      .filter((one) => !leftOut.has(one.operationId) && !isPage(one))
      .map(({ operationId }) => operationId);
    assert.deepEqual(
      Object.keys(operations).sort(),
      there.sort(),
      "add what is missing to service/client/endpoints.ts and operations.ts",
    );
  });

  it("sends the token, and one idempotency key for all attempts of a change", async () => {
    await using server = await scripted(
      problem(429, "too-many-requests", { "retry-after": "2" }),
      (_request, response) => response.destroy(),
      json(202, { id: "op" }),
    );
    const { client, pauses } = clientOf(server.url, { token: "t0ken" });
    assert.deepEqual(await client.call("createUpdate", pipeline), { id: "op" });
    const keys = server.seen.map(({ headers }) => headers["idempotency-key"]);
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
    assert.ok(server.seen.every(({ headers }) => headers.authorization === "Bearer t0ken"));
    assert.ok((pauses[0] ?? 0) >= 2000, "waits as long as it was told");
  });

  it("takes another key for another change", async () => {
    await using server = await scripted(json(202, {}));
    const { client } = clientOf(server.url);
    await client.call("createUpdate", pipeline);
    await client.call("createUpdate", pipeline);
    const [one, other] = server.seen.map(({ headers }) => headers["idempotency-key"]);
    assert.notEqual(one, other);
  });

  it("turns problem details into an error with kind, fields and remedy, and tries a refusal once", async () => {
    await using server = await scripted(problem(412, "precondition-failed"));
    const { client } = clientOf(server.url);
    const refused = await client.call("deletePipeline", pipeline, { ifMatch: '"3-1"' }).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(refused instanceof ApiProblem);
    assert.equal(refused.kind, "precondition-failed");
    assert.equal(refused.status, 412);
    assert.match(refused.remedy ?? "", /Read it again/);
    assert.equal(server.seen.length, 1);
    assert.equal(server.seen[0]?.headers["if-match"], '"3-1"');
  });

  it("does not repeat a 503 of the service that names no time, but one of a load balancer", async () => {
    await using own = await scripted(problem(503, "unavailable"));
    await assert.rejects(clientOf(own.url).client.call("getPipeline", pipeline), {
      kind: "unavailable",
    });
    assert.equal(own.seen.length, 1);
    await using balancer = await scripted(
      (_request, response) => response.writeHead(503, { "content-type": "text/html" }).end("<p>"),
      json(200, { name: "exports" }),
    );
    await clientOf(balancer.url).client.call("getPipeline", pipeline);
    assert.equal(balancer.seen.length, 2);
  });

  it("gives up after five attempts, and says who does not answer", async () => {
    await using server = await scripted((_request, response) => response.destroy());
    const { client, pauses } = clientOf(server.url);
    const failed = await client.call("getPipeline", pipeline).catch((error: unknown) => error);
    assert.ok(failed instanceof Unreachable);
    assert.match(failed.message, /127\.0\.0\.1:\d+ does not answer/);
    assert.equal(server.seen.length, 5);
    assert.equal(pauses.length, 4);
  });

  it("says so when something else than Causeway answers", async () => {
    await using server = await scripted((_request, response) =>
      response.writeHead(404, { "content-type": "text/html" }).end("<h1>nginx</h1>"),
    );
    const { client } = clientOf(server.url);
    await assert.rejects(client.call("getPipeline", pipeline), /not Causeway's address/);
  });

  it("never lets a name leave its place in the path", async () => {
    await using server = await scripted(json(200, {}));
    const { client } = clientOf(server.url);
    await client.call("getPipeline", { params: { tenant: "a/../b", name: "c?d" } });
    assert.equal(server.seen[0]?.url, "/v1/tenants/a%2F..%2Fb/pipelines/c%3Fd");
    for (const name of ["..", ".", ""]) {
      await assert.rejects(
        client.call("getPipeline", { params: { tenant: "acme", name } }),
        ApiProblem,
      );
    }
    assert.equal(server.seen.length, 1);
  });

  it("does not follow a redirect with the token", async () => {
    await using elsewhere = await scripted(json(200, {}));
    await using server = await scripted((_request, response) =>
      response.writeHead(307, { location: elsewhere.url }).end(),
    );
    const { client } = clientOf(server.url, { token: "t" });
    await assert.rejects(client.call("getPipeline", pipeline), { status: 307 });
    assert.equal(elsewhere.seen.length, 0);
  });

  it("reads lists to their end", async () => {
    await using server = await scripted(
      json(200, { items: [{ id: "1" }], nextCursor: "n" }),
      json(200, { items: [{ id: "2" }], nextCursor: null }),
    );
    const { client } = clientOf(server.url);
    const ids: string[] = [];
    for await (const { id } of rowsOf(client, "listOperations", { query: { tenant: "acme" } })) {
      ids.push(id);
    }
    assert.deepEqual(ids, ["1", "2"]);
    assert.match(server.seen[1]?.url ?? "", /tenant=acme.*cursor=n/);
  });

  it("reads Retry-After as seconds and as a date", () => {
    const now = Date.parse("2026-11-21T12:00:00Z");
    assert.equal(retryAfterMs("7", now), 7000);
    assert.equal(retryAfterMs("Sat, 21 Nov 2026 12:00:03 GMT", now), 3000);
    assert.equal(retryAfterMs("Sat, 21 Nov 2026 11:00:00 GMT", now), 0);
    assert.equal(retryAfterMs("soon", now), undefined);
    assert.equal(retryAfterMs(null, now), undefined);
  });
});
