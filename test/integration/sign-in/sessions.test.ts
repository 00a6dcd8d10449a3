import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import request from "supertest";
import type { Service } from "../../../service/service.ts";
import { Browser } from "../../support/browser.ts";
import { freePorts } from "../../support/free-ports.ts";
import { postgresOrSkip } from "../../support/postgres.ts";
import { startStrictIssuer, type StrictIssuer } from "../../support/strict-issuer.ts";
import { fakeEngine } from "../service/fake-engine.ts";
import { makeHome, start, type Home } from "../service/harness.ts";

const secret = "a-client-secret-of-a-test";

describe("sessions, at an issuer that knows the service by a secret", () => {
  let home: Home;
  let issuer: StrictIssuer;
  let origin: string;
  let service: Service | undefined;

  before(async () => {
    home = await makeHome();
    const [port = 0] = await freePorts(1);
    origin = `http://127.0.0.1:${port}`;
    issuer = await startStrictIssuer({
      id: "causeway-web",
      secret,
      redirectUri: `${origin}/login/callback`,
      keys: join(home.folder, "keys.json"),
    });
    const file = join(home.folder, "client-secret");
    await writeFile(file, `${secret}\n`, { mode: 0o600 });
    Object.assign(home.env, {
      PORT: String(port),
      CAUSEWAY_ISSUER: issuer.url,
      CAUSEWAY_CLIENT_ID: "of-the-command",
      CAUSEWAY_WEB_CLIENT_ID: "causeway-web",
      CAUSEWAY_WEB_CLIENT_SECRET_FILE: file,
    });
  });
  afterEach(async () => {
    await service?.stop();
    service = undefined;
    issuer.tokenSeconds = 3_600;
  });
  after(async () => {
    await issuer.close();
    await home.remove();
  });

  async function running(more: Record<string, string> = {}): Promise<Service> {
    service = await start(
      { ...home, env: { ...home.env, ...more } },
      { runEngine: fakeEngine().run },
    );
    return service;
  }

  /** Signs in from the first page, and agrees to what the issuer asks. */
  async function signIn(name: string, browser = new Browser()) {
    let page = await browser.open(`${origin}/`);
    for (let step = 0; step < 3 && page.html.includes("<form"); step += 1) {
      page = await browser.submit(page, { login: name, password: "any" });
    }
    return { browser, page };
  }

  const isIn = async (browser: Browser) =>
    (await browser.open(`${origin}/`, {}, issuer.url)).status === 200;

  it("begin for whoever has a role, and last no longer than the token that said so", async () => {
    await running();
    issuer.tokenSeconds = 33;
    const { browser, page } = await signIn("acme:reader");
    assert.equal(page.url, `${origin}/`);
    assert.match(page.html, /You are acme:reader/);
    const seconds = browser.maxAgeOf(/^causeway-session/);
    assert.ok(seconds !== undefined && seconds > 25 && seconds <= 33, String(seconds));
  });

  it("begin for nobody who has no role, and say so with a way on", async () => {
    await running();
    const { browser, page } = await signIn("nils");
    assert.equal(page.status, 403);
    assert.match(page.html, /You have no role here/);
    assert.match(page.html, /you are nils/);
    assert.match(
      page.html,
      /href="\/login\?next=%2F&amp;prompt=login"\s*>Sign in as somebody else/,
    );
    assert.match(page.html, /Request <code>[\w-]+<\/code>/);
    assert.equal(browser.maxAgeOf(/^causeway-session/), undefined);
  });

  it("end when nobody used them for a while, and not before", async () => {
    await running({ CAUSEWAY_SESSION_IDLE_MINUTES: "0.03" });
    const { browser } = await signIn("acme:reader");
    for (let count = 0; count < 5; count += 1) {
      await sleep(600);
      assert.ok(await isIn(browser));
    }
    await sleep(2_200);
    assert.ok(!(await isIn(browser)));
  });

  it("end after their time, however busy, and by the database's word, not the cookie's", async () => {
    await running({ CAUSEWAY_SESSION_HOURS: "0.0005" });
    const { browser } = await signIn("acme:reader");
    assert.ok(await isIn(browser));
    await sleep(2_000);
    // This browser keeps cookies for ever.
    assert.ok(!(await isIn(browser)));
  });

  it("outlive the service, and no change of the issuer", async () => {
    await running();
    const { browser } = await signIn("acme:reader");
    await service?.stop();
    await running();
    assert.ok(await isIn(browser));
    await service?.stop();
    await running({ CAUSEWAY_ISSUER: "http://127.0.0.1:1" });
    assert.equal((await browser.open(`${origin}/`)).status, 503);
  });

  it("are of TLS only where browsers come by TLS", async () => {
    const { url } = await running({ CAUSEWAY_PUBLIC_URL: "https://causeway.example" });
    const first = await fetch(url, { redirect: "manual", headers: { accept: "text/html" } });
    assert.equal(first.headers.get("location"), "https://causeway.example/login?next=%2F");
    const begun = await fetch(`${url}/login`, { redirect: "manual" });
    const [cookie = ""] = begun.headers.getSetCookie();
    assert.match(
      cookie,
      /^__Host-causeway-login-[\w-]+=[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    );
    const { searchParams } = new URL(begun.headers.get("location") ?? "");
    assert.equal(searchParams.get("redirect_uri"), "https://causeway.example/login/callback");
  });

  it("begin nowhere that nobody can be sent back to", async () => {
    const { url } = await running();
    const sent = request(url).get("/login").set({ host: "causeway.example", accept: "text/html" });
    const { status, text } = await sent;
    assert.equal(status, 503);
    assert.match(text, /CAUSEWAY_PUBLIC_URL/);
  });

  it("say when the issuer is down, before and after somebody was there", async () => {
    const keys = join(home.folder, "keys.json");
    const redirectUri = `${origin}/login/callback`;
    const other = await startStrictIssuer({ id: "causeway-web", secret, redirectUri, keys });
    await running({ CAUSEWAY_ISSUER: other.url });
    const browser = new Browser();
    let page = await browser.open(`${origin}/`);
    page = await browser.submit(page, { login: "acme:reader", password: "any" });
    const back = await browser.submit(page, {}, redirectUri);
    await other.close();
    const answer = await browser.open(back.url);
    assert.equal(answer.status, 503);
    assert.match(answer.html, /does not answer now/);
    assert.match(answer.html, /href="\/login\?next=%2F"\s*>Try again/);
    await service?.stop();
    await running({ CAUSEWAY_ISSUER: other.url });
    const first = await new Browser().open(`${origin}/`);
    assert.equal(first.status, 503);
    assert.match(first.html, /Try again/);
  });

  it("say that the service is not known at the issuer, to the log the reason, to the browser none of it", async () => {
    await running({ CAUSEWAY_WEB_CLIENT_SECRET: "another-secret" });
    const { page } = await signIn("acme:reader");
    assert.equal(page.status, 400);
    assert.match(page.html, /refuses this service as a client \(invalid_client\)/);
    assert.doesNotMatch(page.html, /another-secret/);
  });

  it("are known to every service on one database, and end in all of them", async function () {
    const postgres = await postgresOrSkip(this);
    const shared = { DATABASE_URL: postgres.url, CAUSEWAY_PUBLIC_URL: origin };
    await running(shared);
    const second = await makeHome();
    const more = { ...home.env, ...shared, CAUSEWAY_HOME: second.folder, PORT: "0" };
    const other = await start({ ...second, env: more }, { runEngine: fakeEngine().run });
    try {
      const { browser } = await signIn("acme:reader");
      const at = async (url: string) => (await browser.open(`${url}/`, {}, issuer.url)).status;
      assert.deepEqual([await at(origin), await at(other.url)], [200, 200]);
      const headers = { cookie: browser.cookieHeader, origin };
      const out = await fetch(`${other.url}/logout`, {
        method: "POST",
        redirect: "manual",
        headers,
      });
      assert.equal(out.status, 303);
      assert.notEqual(await at(origin), 200);
    } finally {
      await other.stop();
      await service?.stop();
      service = undefined;
      await second.remove();
      await postgres.stop();
    }
  });
});
