import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import request from "supertest";
import { LocalIssuer } from "../../../local/issuer/issuer.ts";
import type { Service } from "../../../service/service.ts";
import { Browser } from "../../support/browser.ts";
import { fakeEngine } from "../service/fake-engine.ts";
import { bodyOf, makeHome, start, type Home } from "../service/harness.ts";

interface Me {
  id: string;
  name: string;
  kind: string;
  operator: boolean;
  roles: Record<string, string>;
}

interface Tokens {
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  error?: string;
}

describe("a service with the local issuer", () => {
  let home: Home;
  let issuer: LocalIssuer;
  let service: Service;
  before(async () => {
    home = await makeHome();
    issuer = await LocalIssuer.start({ folder: join(home.folder, "issuer"), port: 0 });
    home.env.CAUSEWAY_ISSUER = issuer.url;
    service = await start(home, { runEngine: fakeEngine().run });
  });
  after(async () => {
    await service.stop();
    await issuer.close();
    await home.remove();
  });

  const account = (name: string) => {
    const { password } = issuer.accounts.find((known) => known.name === name) ?? {};
    return { name, password: password ?? "" };
  };
  const me = (token: string) =>
    bodyOf<Me>(request(service.url).get("/v1/me").set("authorization", `Bearer ${token}`));
  const token = async (form: Record<string, string>): Promise<Tokens> => {
    const answer = await fetch(`${issuer.url}/token`, {
      method: "POST",
      body: new URLSearchParams({ client_id: "causeway", ...form }),
    });
    return (await answer.json()) as Tokens;
  };
  const login = () =>
    bodyOf<{ issuer: string; clientId: string; scope: string; audience: string }>(
      request(service.url).get("/v1/auth"),
    );

  /** What the page will do: the authorization code with PKCE. */
  async function byCode(name: string): Promise<Tokens> {
    const { clientId, scope, audience } = await login();
    const verifier = randomBytes(32).toString("base64url");
    const redirect = "http://127.0.0.1:5173/callback";
    const query = new URLSearchParams({
      ...{ client_id: clientId, scope, resource: audience, response_type: "code" },
      redirect_uri: redirect,
      prompt: "consent",
      state: "s",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    const browser = new Browser();
    const page = await browser.open(`${issuer.url}/auth?${query.toString()}`);
    assert.match(page.html, /<h1>Log in<\/h1>/);
    const back = await browser.submit(page, account(name), redirect);
    const code = new URL(back.url).searchParams.get("code") ?? "";
    return token({
      ...{ grant_type: "authorization_code", code, redirect_uri: redirect },
      code_verifier: verifier,
    });
  }

  it("lets people log in by code and PKCE, and knows what they may do", async () => {
    const { access_token } = await byCode("ada");
    const { id, name, kind, operator, roles } = await me(access_token);
    assert.deepEqual([id, name, kind, operator], ["oidc:ada", "ada", "user", false]);
    assert.deepEqual(roles, { acme: "admin" });
    const olga = await byCode("olga");
    assert.equal((await me(olga.access_token)).operator, true);
  });

  it("takes an access token, and not the ID token beside it", async () => {
    const { id_token = "" } = await byCode("ada");
    assert.notEqual(id_token, "");
    const sent = request(service.url).get("/v1/me").set("authorization", `Bearer ${id_token}`);
    await sent.expect(401);
  });

  it("lets a command log in by the device flow, and renew it", async () => {
    const { clientId, scope, audience } = await login();
    const asked = await fetch(`${issuer.url}/device/auth`, {
      method: "POST",
      body: new URLSearchParams({ client_id: clientId, scope, resource: audience }),
    });
    const device = (await asked.json()) as Record<string, string>;
    const { device_code = "" } = device;
    const form = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code };
    assert.equal((await token(form)).error, "authorization_pending");

    const browser = new Browser();
    const code = await browser.open(device.verification_uri ?? "");
    const confirm = await browser.submit(code, { user_code: device.user_code ?? "" });
    assert.match(confirm.html, new RegExp(device.user_code ?? ""));
    const question = await browser.submit(confirm, {});
    const done = await browser.submit(question, account("ravi"));
    assert.match(done.html, /You are logged in/);

    const tokens = await token(form);
    assert.deepEqual((await me(tokens.access_token)).roles, { acme: "reader" });
    const { refresh_token = "" } = tokens;
    const renewed = await token({ grant_type: "refresh_token", refresh_token });
    assert.equal((await me(renewed.access_token)).name, "ravi");
  });

  it("says so when the password is another, and escapes what it was told", async () => {
    const browser = new Browser();
    const query = `client_id=causeway&response_type=code&scope=openid&code_challenge=${"x".repeat(43)}&code_challenge_method=S256&redirect_uri=${encodeURIComponent("http://127.0.0.1:1/callback")}`;
    const page = await browser.open(`${issuer.url}/auth?${query}`);
    const again = await browser.submit(page, { name: "ada", password: "wrong" });
    assert.equal(again.status, 401);
    assert.match(again.html, /role="alert"/);
    const odd = await browser.open(`${issuer.url}/auth?client_id=<script>alert(1)</script>`);
    assert.doesNotMatch(odd.html, /<script>/);
  });

  it("sends nobody to an address that is not of this machine", async () => {
    const query = `client_id=causeway&response_type=code&scope=openid&redirect_uri=${encodeURIComponent("https://evil.example/callback")}`;
    const { status, html } = await new Browser().open(`${issuer.url}/auth?${query}`);
    assert.equal(status, 400);
    assert.match(html, /redirect_uri/);
  });

  it("keeps its keys and passwords over a restart", async () => {
    const { access_token } = await byCode("ada");
    const { password } = account("ada");
    const { port } = new URL(issuer.url);
    await issuer.close();
    // The keys are known: who is logged in stays so.
    assert.equal((await me(access_token)).name, "ada");
    issuer = await LocalIssuer.start({ folder: join(home.folder, "issuer"), port: Number(port) });
    assert.equal(account("ada").password, password);
    const again = await byCode("ada");
    assert.equal((await me(again.access_token)).name, "ada");
    assert.equal((await me(access_token)).name, "ada");
  });

  it("makes whoever started it an operator", async () => {
    const started = await me(await issuer.operatorToken());
    assert.deepEqual([started.operator, started.name], [true, "npm start"]);
  });
});
