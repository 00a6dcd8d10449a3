import assert from "node:assert/strict";
import { join } from "node:path";
import request from "supertest";
import { openDatabase } from "../../../service/db/database.ts";
import type { Service } from "../../../service/service.ts";
import { fakeEngine } from "./fake-engine.ts";
import { bodyOf, makeHome, start, type Home, type ProblemBody } from "./harness.ts";

interface Made {
  id: string;
  token: string;
  expiresAt: string;
  lastUsedAt: string | null;
  revokedAt: string | null;
  role: string;
}

const dayMs = 86_400_000;
const path = "/v1/tenants/acme/tokens";

describe("machine tokens", () => {
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

  const api = () => request(service.url);
  const bearer = (token: string) => `Bearer ${token}`;
  const make = (body: object, by?: string) => {
    const sent = api().post(path);
    return (by === undefined ? sent : sent.set("authorization", bearer(by))).send(body);
  };
  const me = (token: string) => api().get("/v1/me").set("authorization", bearer(token));
  const daysLeft = ({ expiresAt }: Made) =>
    Math.round((Date.parse(expiresAt) - Date.now()) / dayMs);

  it("are shown once, with what they may do and until when", async () => {
    const made = await bodyOf<Made>(make({ name: "deploy", role: "writer" }), 201);
    assert.match(made.token, /^cwt_[0-9a-z]{20}_[\w-]{43}$/);
    assert.equal(daysLeft(made), 90);
    const { items } = await bodyOf<{ items: Made[] }>(api().get(path));
    assert.equal(items[0]?.id, made.id);
    assert.equal("token" in items[0], false);
    const who = await bodyOf<{ name: string; kind: string; roles: object }>(me(made.token));
    assert.deepEqual([who.name, who.kind, who.roles], ["deploy", "machine", { acme: "writer" }]);
    const after = await bodyOf<{ items: Made[] }>(api().get(path));
    assert.ok(after.items[0]?.lastUsedAt);
  });

  it("end after a year and a day at most", async () => {
    const made = await bodyOf<Made>(make({ name: "long", role: "reader", days: 366 }), 201);
    assert.equal(daysLeft(made), 366);
    for (const days of [0, 367, 1.5, "9"]) {
      await make({ name: "x", role: "reader", days }).expect(400);
    }
    for (const role of ["operator", "owner", undefined]) {
      await make({ name: "x", role }).expect(400);
    }
  });

  it("make none that outlives them", async () => {
    const maker = await bodyOf<Made>(make({ name: "maker", role: "admin", days: 10 }), 201);
    const one = await bodyOf<Made>(make({ name: "x", role: "reader" }, maker.token), 201);
    assert.equal(daysLeft(one), 10);
    const refused = await make({ name: "x", role: "reader", days: 11 }, maker.token).expect(400);
    assert.match((refused.body as ProblemBody).detail, /outlive/);
  });

  it("are refused from the moment they are revoked, and that is written down", async () => {
    const made = await bodyOf<Made>(make({ name: "gone", role: "reader" }), 201);
    await me(made.token).expect(200);
    await api().delete(`/v1/tenants/globex/tokens/${made.id}`).expect(404);
    await api().delete(`/v1/tokens/${made.id}`).expect(404);
    const revoked = await bodyOf<Made>(api().delete(`${path}/${made.id}`));
    assert.ok(revoked.revokedAt);
    await api().get(`${path}/${made.id}`).expect(404);
    const again = await bodyOf<Made>(api().delete(`${path}/${made.id}`));
    assert.equal(again.revokedAt, revoked.revokedAt);
    const refused = await me(made.token).expect(401);
    assert.match((refused.body as ProblemBody).detail, /revoked on/);
    const { items } = await bodyOf<{
      items: { action: string; outcome: string; target: string; principal: { name: string } }[];
    }>(api().get("/v1/tenants/acme/audit"));
    const told = items.map(({ action, outcome }) => `${action} ${outcome}`);
    for (const line of ["token.create done", "token.revoke done", "request refused"]) {
      assert.ok(told.includes(line), `${line} in ${told.join(", ")}`);
    }
    const refusal = items.find(({ outcome }) => outcome === "refused");
    assert.equal(refusal?.principal.name, "gone");
  });

  it("are nothing with another secret, another id, or cut short", async () => {
    const { token, id } = await bodyOf<Made>(make({ name: "y", role: "reader" }), 201);
    const last = token.endsWith("A") ? "B" : "A";
    for (const wrong of [
      token.slice(0, -1) + last,
      token.slice(0, -1),
      token.replace(id, "0".repeat(20)),
      `cwt_${id}_`,
      "cwt_",
    ]) {
      await me(wrong).expect(401);
    }
  });

  it("are refused once they have expired, and kept as hashes only", async () => {
    const { token, id } = await bodyOf<Made>(make({ name: "old", role: "reader" }), 201);
    await service.stop();
    const folder = join(home.folder, "service", "db");
    const database = await openDatabase({ url: undefined, folder });
    const row = await database.db
      .updateTable("tokens")
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await database.close();
    assert.ok(!JSON.stringify(row).includes(token.slice(25)));
    service = await start(home, { runEngine: fakeEngine().run });
    const refused = await me(token).expect(401);
    assert.match((refused.body as ProblemBody).detail, /expired on .*make a new one/);
  });
});
