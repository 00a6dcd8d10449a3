import assert from "node:assert/strict";
import { join } from "node:path";
import request from "supertest";
import { LocalIssuer } from "../../../local/issuer/issuer.ts";
import { webClientId } from "../../../local/issuer/provider.ts";
import type { Service } from "../../../service/service.ts";
import { Browser } from "../../support/browser.ts";
import { fakeEngine } from "../service/fake-engine.ts";
import {
  bodyOf,
  makeHome,
  spec,
  start,
  type Home,
  type OperationBody,
} from "../service/harness.ts";

interface Answer {
  status: number;
  location: string;
  text: string;
  cookies: Map<string, string>;
  headers: Headers;
}

describe("signing in by a browser", () => {
  let home: Home;
  let issuer: LocalIssuer;
  let service: Service;
  let page: string;
  const engine = fakeEngine();

  before(async () => {
    home = await makeHome();
    issuer = await LocalIssuer.start({ folder: join(home.folder, "issuer"), port: 0 });
    home.env.CAUSEWAY_ISSUER = issuer.url;
    home.env.CAUSEWAY_WEB_CLIENT_ID = webClientId;
    service = await start(home, { runEngine: engine.run });
    const asked = request(service.url)
      .post("/v1/tenants/acme/pipelines?validateOnly=true")
      .set("authorization", `Bearer ${await issuer.operatorToken()}`)
      .send({ name: "exports", spec: spec() });
    const { id } = await bodyOf<OperationBody>(asked, 202);
    page = `/v1/previews/${id.replace(/^op_/, "pv_")}/page`;
  });
  after(async () => {
    await service.stop();
    await issuer.close();
    await home.remove();
  });

  /** A request as a browser sends it when somebody follows a link. */
  async function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return send(path, { headers: { accept: "text/html,*/*;q=0.8", ...headers } });
  }

  async function send(path: string, init: RequestInit): Promise<Answer> {
    const answer = await fetch(new URL(path, service.url), { redirect: "manual", ...init });
    const pairs = answer.headers.getSetCookie().map((line) => {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      return [name, value] as const;
    });
    const location = answer.headers.get("location") ?? "";
    const { status, headers } = answer;
    return { status, location, text: await answer.text(), cookies: new Map(pairs), headers };
  }

  const cookieOf = (...found: Map<string, string>[]) => ({
    cookie: found.flatMap((one) => [...one].map(([name, value]) => `${name}=${value}`)).join("; "),
  });

  const account = (name: string) => ({
    name,
    password: issuer.accounts.find((known) => known.name === name)?.password ?? "",
  });

  /** Begins in one browser and signs in at the issuer; answers with where the issuer sends it back to, and what the browser keeps. */
  async function begun(name: string, next = page) {
    const { location, cookies } = await get(`/login?next=${encodeURIComponent(next)}`);
    const browser = new Browser();
    const form = await browser.open(location);
    const back = await browser.submit(form, account(name), `${service.url}/login/callback`);
    return { back: new URL(back.url), cookies };
  }

  /** The whole of it; answers with the cookie. */
  async function signedIn(name: string): Promise<{ cookie: string }> {
    const { back, cookies } = await begun(name);
    const answer = await get(back.href, cookieOf(cookies));
    assert.equal(answer.status, 303, answer.text);
    const kept = [...answer.cookies].filter(([key]) => key.includes("session"));
    return cookieOf(new Map(kept));
  }

  const me = (cookie: Record<string, string>) =>
    request(service.url)
      .get("/v1/me")
      .set(cookie)
      .then(({ status }) => status);

  it("asks the issuer with PKCE, state, nonce and the audience, and keeps the rest to itself", async () => {
    const { status, location, headers } = await get(page);
    assert.equal(status, 303);
    assert.equal(
      location,
      `${service.url}/login?${new URLSearchParams({ next: page }).toString()}`,
    );
    assert.equal(headers.get("cache-control"), "no-store");
    const asked = await get(location);
    const { origin, searchParams } = new URL(asked.location);
    assert.equal(origin, issuer.url);
    const query = Object.fromEntries(searchParams);
    const { code_challenge = "", state = "", nonce = "", ...rest } = query;
    assert.ok([code_challenge, state, nonce].every((one) => one.length >= 43));
    assert.deepEqual(rest, {
      audience: "urn:causeway:api",
      resource: "urn:causeway:api",
      client_id: webClientId,
      code_challenge_method: "S256",
      redirect_uri: `${service.url}/login/callback`,
      response_type: "code",
      scope: "openid profile",
    });
    assert.match(asked.headers.getSetCookie()[0] ?? "", /; HttpOnly; SameSite=Lax$/);
  });

  it("lets in who signed in, with the roles of their token, and writes it down", async () => {
    const cookie = await signedIn("ravi");
    const { body } = (await request(service.url).get("/v1/me").set(cookie)) as { body: object };
    assert.partialDeepStrictEqual(body, {
      id: "oidc:ravi",
      kind: "user",
      roles: { acme: "reader" },
    });
    const answer = await get(page, cookie);
    assert.equal(answer.status, 200);
    assert.match(answer.text, /acme\/exports/);
    const log = request(service.url)
      .get("/v1/audit?action=session.begin")
      .set("authorization", `Bearer ${await issuer.operatorToken()}`);
    const { items } = await bodyOf<{ items: { principal: { id: string }; target: string }[] }>(log);
    assert.equal(items[0]?.principal.id, "oidc:ravi");
    // What opens the door is nowhere but in the cookie.
    const [, secret = ""] = cookie.cookie.split("=");
    assert.ok(!JSON.stringify(items).includes(secret));
  });

  it("sends its pages with a policy that no script, frame or other site gets past", async () => {
    const { headers } = await get(page, await signedIn("ravi"));
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|script-src|\*/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "same-origin");
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
  });

  it("redirects nobody who sends a token, asks for JSON, or wants to change something", async () => {
    const html = { accept: "text/html" };
    const machine = await get(page, { ...html, authorization: "Bearer not-a-good-one" });
    assert.equal(machine.status, 401);
    assert.match(machine.text, /<h1>A token is needed<\/h1>/);
    const program = await send(page, { headers: { accept: "*/*" } });
    assert.equal(program.status, 401);
    assert.match(program.headers.get("content-type") ?? "", /problem\+json/);
    const api = await get("/v1/me", html);
    assert.equal(api.status, 401);
    const change = await send("/", { method: "POST", headers: html });
    assert.notEqual(change.status, 303);
  });

  it("tells nobody which addresses there are, before or after", async () => {
    const before = await get("/nowhere");
    assert.deepEqual(
      [before.status, before.location],
      [303, `${service.url}/login?next=%2Fnowhere`],
    );
    const after = await get("/nowhere", await signedIn("ravi"));
    assert.equal(after.status, 404);
    assert.match(after.text, /<h1>There is no such thing<\/h1>/);
  });

  it("takes no cookie that was made up or changed", async () => {
    const { cookie } = await signedIn("ravi");
    const last = cookie.at(-1) === "A" ? "B" : "A";
    assert.equal(await me({ cookie }), 200);
    assert.equal(await me({ cookie: `${cookie.slice(0, -1)}${last}` }), 401);
    const [name = ""] = cookie.split("=");
    for (const value of ["", "x", "%00", "' or 1=1 --", "a".repeat(4_000)]) {
      assert.equal(await me({ cookie: `${name}=${value}` }), 401);
    }
    assert.equal((await get(page, { cookie: `${name}=x` })).status, 303);
  });

  it("refuses the issuer's answer in a browser that did not ask (state)", async () => {
    const theirs = await begun("ada");
    const mine = await begun("ravi");
    for (const headers of [{}, cookieOf(mine.cookies)]) {
      const { status, text, cookies } = await get(theirs.back.href, headers);
      assert.equal(status, 400);
      assert.match(text, /not begun in this browser/);
      assert.match(text, /href="\/login"\s*>Sign in</);
      assert.match(text, /Request <code>[\w-]+<\/code>/);
      assert.equal(cookies.size, 0);
    }
  });

  it("refuses an answer to another question than the one that was kept (nonce)", async () => {
    const { back, cookies } = await begun("ravi");
    const [[name = "", value = ""] = []] = cookies;
    const kept = JSON.parse(Buffer.from(value, "base64url").toString()) as { nonce: string };
    const changed = JSON.stringify({ ...kept, nonce: kept.nonce.split("").toReversed().join("") });
    const planted = `${name}=${Buffer.from(changed).toString("base64url")}`;
    const answer = await get(back.href, { cookie: planted });
    assert.equal(answer.status, 400);
    assert.match(answer.text, /not what was asked for/);
  });

  it("refuses a foreign code in a browser that did ask (PKCE)", async () => {
    const theirs = await begun("ada");
    const mine = await begun("ravi");
    mine.back.searchParams.set("code", theirs.back.searchParams.get("code") ?? "");
    const { status, text, cookies } = await get(mine.back.href, cookieOf(mine.cookies));
    assert.equal(status, 400);
    assert.match(text, /does not take this code/);
    assert.ok(![...cookies.keys()].some((name) => name.includes("session")));
  });

  it("takes a code once", async () => {
    const { back, cookies } = await begun("ravi");
    assert.equal((await get(back.href, cookieOf(cookies))).status, 303);
    const again = await get(back.href, cookieOf(cookies));
    assert.equal(again.status, 400);
    assert.match(again.text, /used before/);
  });

  it("goes on to pages of its own only", async () => {
    for (const next of [
      "https://evil.example/",
      "//evil.example/",
      "/\\evil.example/",
      "/\t/evil.example/",
      "javascript:alert(1)",
      "/login?next=/login",
    ]) {
      const { back, cookies } = await begun("ravi", next);
      const { status, location } = await get(back.href, cookieOf(cookies));
      assert.deepEqual([status, location], [303, `${service.url}/`], next);
    }
    // What the cookie says is looked at anew.
    const { back, cookies } = await begun("ravi");
    const [[name = "", value = ""] = []] = cookies;
    const kept = JSON.parse(Buffer.from(value, "base64url").toString()) as object;
    const changed = { ...kept, next: "https://evil.example/" };
    const planted = Buffer.from(JSON.stringify(changed)).toString("base64url");
    const { location } = await get(back.href, { cookie: `${name}=${planted}` });
    assert.equal(location, `${service.url}/`);
  });

  it("takes no change for a cookie alone: the browser must say that our own page sent it", async () => {
    const cookie = await signedIn("ada");
    const { origin } = new URL(service.url);
    const change = (headers: Record<string, string>) =>
      request(service.url)
        .post("/v1/tenants/acme/tokens")
        .set({ ...cookie, ...headers })
        .send({ name: "stolen", role: "reader" })
        .then(({ status, body }) => [status, (body as { type?: string }).type]);
    const refused = [403, "urn:causeway:problem:cross-site"];
    for (const headers of [
      {},
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: issuer.url, "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "none" },
      { origin: "https://evil.example", "sec-fetch-site": "same-origin" },
      { origin, "sec-fetch-site": "cross-site" },
    ]) {
      assert.deepEqual(await change(headers), refused, JSON.stringify(headers));
    }
    assert.equal((await change({ origin }))[0], 201);
    assert.equal((await change({ "sec-fetch-site": "same-origin" }))[0], 201);
    for (const method of ["put", "delete"] as const) {
      const path = "/v1/tenants/acme/pipelines/exports";
      const sent = request(service.url)[method](path).set(cookie).send({ spec: spec() });
      assert.equal((await sent).status, 403, method);
    }
    // A program's token is no cookie: nobody sends it for somebody else.
    await request(service.url)
      .post("/v1/tokens")
      .set({
        authorization: `Bearer ${await issuer.operatorToken()}`,
        origin: "https://evil.example",
      })
      .send({ name: "ci" })
      .expect(201);
  });

  it("shows a reader of another tenant what it shows of a preview that is not there", async () => {
    const gina = await signedIn("gina");
    const theirs = await get(page, gina);
    const none = await get("/v1/previews/pv_none/page", gina);
    const plain = ({ text }: Answer) =>
      text.replaceAll(/pv_\w+/g, "ID").replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "REQUEST");
    assert.deepEqual([theirs.status, none.status], [404, 404]);
    assert.equal(plain(theirs), plain(none));
    assert.match(theirs.text, /Sign in as somebody else/);
  });

  it("shows what a program would do to everybody's pipelines to operators, and to nobody else", async () => {
    const asked = request(service.url)
      .post("/v1/blast-radius")
      .set("authorization", `Bearer ${await issuer.operatorToken()}`)
      .send({});
    const { links } = await bodyOf<{ links: { page: string } }>(asked, 202);
    const shown = await get(links.page, await signedIn("olga"));
    assert.equal(shown.status, 200, shown.text);
    assert.match(shown.text, /0 of 0 pipelines looked at/);
    const refused = await get(links.page, await signedIn("ada"));
    assert.equal(refused.status, 403);
    assert.match(refused.text, /for operators of the whole service; ada is none/);
  });

  it("signs out here, or everywhere, and not for another site", async () => {
    const [here, there, third] = [
      await signedIn("ada"),
      await signedIn("ada"),
      await signedIn("ada"),
    ];
    const { origin } = new URL(service.url);
    const out = (path: string, headers: Record<string, string>) =>
      send(path, { method: "POST", headers: { accept: "text/html", ...headers } });
    const foreign = await out("/logout", { ...here, origin: "https://evil.example" });
    assert.equal(foreign.status, 403);
    assert.equal(await me(here), 200);
    const answer = await out("/logout", { ...here, origin });
    assert.deepEqual([answer.status, answer.location], [303, `${service.url}/logout`]);
    assert.deepEqual([await me(here), await me(there), await me(third)], [401, 200, 200]);
    await out("/logout?everywhere=true", { ...there, origin });
    assert.deepEqual([await me(there), await me(third)], [401, 401]);
    // The next one at this browser is asked, though the issuer still knows the last.
    const next = await get("/login", cookieOf(answer.cookies));
    assert.equal(new URL(next.location).searchParams.get("prompt"), "login");
  });

  it("ends the old session where somebody else signs in in the same browser", async () => {
    const ada = await signedIn("ada");
    const { back, cookies } = await begun("ravi");
    const { cookie } = cookieOf(cookies);
    const answer = await get(back.href, { cookie: `${cookie}; ${ada.cookie}` });
    assert.equal(answer.status, 303);
    assert.equal(await me(ada), 401);
  });

  it("says what the issuer said when it signs nobody in, as text", async () => {
    const { location, cookies } = await get("/login?next=/docs");
    const state = new URL(location).searchParams.get("state") ?? "";
    const iss = encodeURIComponent(issuer.url);
    const query = `state=${state}&iss=${iss}&error=access_denied&error_description=%3Cscript%3Ealert(1)`;
    const { status, text } = await get(`/login/callback?${query}`, cookieOf(cookies));
    assert.equal(status, 400);
    assert.match(text, /access_denied: &lt;script&gt;alert\(1\)/);
    assert.match(text, /href="\/login\?next=%2Fdocs"/);
  });

  it("begins no more than a few at once in one browser, and forgets the rest", async () => {
    const jar = new Map<string, string>();
    for (let count = 0; count < 30; count += 1) {
      const { cookies } = await get("/login", cookieOf(jar));
      for (const [name, value] of cookies) {
        if (value === "") jar.delete(name);
        else jar.set(name, value);
      }
    }
    assert.ok(jar.size <= 9, `${jar.size} cookies`);
  });
});
