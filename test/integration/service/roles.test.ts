import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import request from "supertest";
import { endpoints } from "../../../service/routes/index.ts";
import type { Service } from "../../../service/service.ts";
import { makeSigner, sign, TokenIssuer } from "../../support/token-issuer.ts";
import { fakeEngine } from "./fake-engine.ts";
import { bodyOf, makeHome, spec, start, type Home, type OperationBody } from "./harness.ts";
import { callers, table, type Answered, type Caller, type Row, type World } from "./roles.table.ts";

const claimed: Partial<Record<Caller, string>> = {
  operator: "causeway:operator",
  admin: "causeway:acme:admin",
  reader: "causeway:acme:reader",
  other: "causeway:globex:reader",
};

describe("every endpoint", () => {
  const issuer = new TokenIssuer();
  const tokens: Partial<Record<Caller, string>> = {};
  let home: Home;
  let service: Service;
  const engine = fakeEngine();
  let count = 0;
  const unique = () => `thing-${(count += 1)}`;

  before(async () => {
    await issuer.start();
    const signer = await makeSigner("one");
    issuer.keys = [signer.jwk];
    home = await makeHome({ CAUSEWAY_ISSUER: issuer.url });
    service = await start(home, { runEngine: engine.run });
    for (const [caller, role] of Object.entries(claimed)) {
      tokens[caller as Caller] = await sign(issuer.claims({ sub: caller, roles: [role] }), signer);
    }
    // Who writes is a machine.
    const path = "/v1/tenants/acme/tokens";
    const made = as("admin", "post", path).send({ name: "ci", role: "writer" });
    tokens.writer = (await bodyOf<{ token: string }>(made, 201)).token;
  });
  after(async () => {
    await service.stop();
    issuer.stop();
    await home.remove();
  });

  function as(caller: Caller, method: "get" | "post" | "put" | "delete", path: string) {
    const sent = request(service.url)[method](path);
    const token = tokens[caller];
    return token === undefined ? sent : sent.set("authorization", `Bearer ${token}`);
  }

  async function made(prefix: string): Promise<OperationBody & { name: string }> {
    const name = unique();
    const sent = as("operator", "post", "/v1/tenants/acme/pipelines");
    const body = await bodyOf<OperationBody>(sent.send({ name, spec: spec(prefix) }), 202);
    return { ...body, name };
  }

  async function untilState(id: string, wanted: string): Promise<void> {
    for (;;) {
      const { metadata } = await bodyOf<OperationBody>(
        as("operator", "get", `/v1/operations/${id}`),
      );
      if (metadata.state === wanted) return;
      await delay(20);
    }
  }

  const world: World = {
    pipeline: async () => (await made("in/")).name,
    operation: async () => {
      const { id } = await made("in/");
      await untilState(id, "succeeded");
      return id;
    },
    running: async () => {
      const { id } = await made("hold/");
      await untilState(id, "running");
      return id;
    },
    preview: async () => {
      const { name } = await made("in/");
      const path = `/v1/tenants/acme/pipelines/${name}/previews`;
      const { links } = await bodyOf<{ links: { preview: string } }>(
        as("operator", "post", path).send({}),
        202,
      );
      return links.preview.split("/").at(-1) ?? "";
    },
    token: async (tenant) => {
      const path = tenant === null ? "/v1/tokens" : `/v1/tenants/${tenant}/tokens`;
      const body = { name: unique(), ...(tenant === null ? {} : { role: "reader" }) };
      return (await bodyOf<{ id: string }>(as("operator", "post", path).send(body), 201)).id;
    },
  };

  async function call(
    caller: Caller,
    key: string,
    row: Row,
    params: Record<string, string>,
  ): Promise<Answered> {
    const [method = "", template = ""] = key.split(" ");
    const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? name);
    const sent = as(caller, method.toLowerCase() as "get", path).query(row.query ?? {});
    const body = typeof row.body === "function" ? row.body(unique()) : row.body;
    const answer = (await (body === undefined ? sent : sent.send(body))) as Answered;
    // What was not cancelled would keep the others waiting.
    engine.release();
    return answer;
  }

  it("has a row in the table of roles, and nothing else has", () => {
    const known = endpoints.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    assert.deepEqual(Object.keys(table).sort(), known.sort());
  });

  for (const [key, row] of Object.entries(table)) {
    it(`${key} lets in whom it should`, async () => {
      const fared: Record<string, unknown> = {};
      let params: Record<string, string> | undefined;
      for (const caller of callers) {
        // What only reads or replaces leaves the thing for the next.
        if (!/^(GET|PUT)/.test(key)) params = undefined;
        params ??= { tenant: "acme", ...(await row.params?.(world)) };
        const answer = await call(caller, key, row, params);
        const ok = row.ok?.(answer) ?? (answer.status >= 200 && answer.status < 300);
        fared[caller] = ok ? "ok" : answer.status;
      }
      assert.deepEqual(fared, row.who);
    });
  }

  for (const [key, row] of Object.entries(table).filter(
    ([key, { who }]) => key.includes("{tenant}") && who.other === 404,
  )) {
    it(`${key} does not tell another tenant's things from none`, async () => {
      const token = "0".repeat(20);
      const theirs = await call("other", key, row, { tenant: "acme", token });
      const none = await call("other", key, row, { tenant: "no-such-tenant", token });
      assert.equal(none.status, 404);
      assert.equal(
        JSON.stringify(none.body.detail),
        JSON.stringify(theirs.body.detail?.replaceAll("acme", "no-such-tenant")),
      );
    });
  }

  it("lists operations of the caller's tenants only", async () => {
    await world.operation();
    const listed = async (caller: Caller) => {
      const { items } = await bodyOf<{ items: OperationBody[] }>(
        as(caller, "get", "/v1/operations"),
      );
      return items.length;
    };
    assert.ok((await listed("reader")) > 0);
    assert.equal(await listed("other"), 0);
    await as("other", "get", "/v1/operations?tenant=acme").expect(404);
  });

  it("writes down what somebody known was refused, and not what nobody was", async () => {
    const { items } = await bodyOf<{
      items: { principal: { id: string }; target: string; tenant: string | null }[];
    }>(as("operator", "get", "/v1/audit?action=request&limit=500"));
    const by = (id: string) => items.filter(({ principal }) => principal.id === id);
    assert.ok(by("oidc:reader").some(({ tenant }) => tenant === "acme"));
    assert.ok(by("oidc:other").every(({ tenant }) => tenant === null));
    assert.ok(by("oidc:other").some(({ target }) => target === "GET /v1/tenants/acme/tokens"));
    assert.equal(by("nobody").length, 0);
  });
});
