import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import request from "supertest";
import { LocalIssuer } from "../../../local/issuer/issuer.ts";
import { webClientId } from "../../../local/issuer/provider.ts";
import type { Service } from "../../../service/service.ts";
import { Chromium, findChromium } from "../../support/chromium.ts";
import { until } from "../../support/until.ts";
import { startEmbedded } from "../service/embedded.ts";
import {
  bodyOf,
  makeHome,
  spec,
  start,
  type Home,
  type OperationBody,
} from "../service/harness.ts";

const parts = fileURLToPath(new URL("../service/programs/parts.ts", import.meta.url));

describe("a reviewer in a real browser, with the local issuer and the real engine", function () {
  this.timeout(120_000);
  let embedded: Awaited<ReturnType<typeof startEmbedded>>;
  let home: Home;
  let issuer: LocalIssuer;
  let service: Service;
  let chromium: Chromium;
  let page: string;

  before(async function () {
    const program = findChromium();
    if (program === undefined) {
      this.skip();
      return;
    }
    embedded = await startEmbedded();
    home = await makeHome({ ...embedded.env, CAUSEWAY_PROGRAM: parts });
    issuer = await LocalIssuer.start({ folder: join(home.folder, "issuer"), port: 0 });
    home.env.CAUSEWAY_ISSUER = issuer.url;
    home.env.CAUSEWAY_WEB_CLIENT_ID = webClientId;
    service = await start(home);
    page = await previewPage();
    chromium = await Chromium.start(program);
  });
  after(async () => {
    await (chromium as Chromium | undefined)?.close();
    await (service as Service | undefined)?.stop();
    await (issuer as LocalIssuer | undefined)?.close();
    await (embedded as typeof embedded | undefined)?.close();
    await (home as Home | undefined)?.remove();
  });

  /** Has a pipeline of acme looked at, and answers with the address that a comment would link to. */
  async function previewPage(): Promise<string> {
    const bearer = { authorization: `Bearer ${await issuer.operatorToken()}` };
    const asked = request(service.url)
      .post("/v1/tenants/acme/pipelines?validateOnly=true")
      .set(bearer)
      .send({ name: "exports", spec: spec("secret-1/"), commit: "0123abc" });
    const { id } = await bodyOf<OperationBody>(asked, 202);
    await until("the preview", async () => {
      const { done } = await bodyOf<OperationBody>(
        request(service.url).get(`/v1/operations/${id}`).set(bearer),
      );
      return done ? true : undefined;
    });
    return `${service.url}/v1/previews/${id.replace(/^op_/, "pv_")}/page`;
  }

  async function signIn(name: string): Promise<void> {
    const { password } = issuer.accounts.find((known) => known.name === name) ?? { password: "" };
    await chromium.arrive(new RegExp(`^${issuer.url}/login/`));
    await chromium.fill("#name", name);
    await chromium.fill("#password", password);
    await chromium.press("Log in");
  }

  const exactly = (url: string) => new RegExp(`^${url.replaceAll(/[.?/]/g, "\\$&")}$`);

  it("follows the comment's link, signs in with a demo account, and reads that page", async () => {
    await chromium.open(page);
    await signIn("ravi");
    await chromium.arrive(exactly(page));
    const text = await chromium.text();
    assert.match(text, /acme\/exports/);
    assert.match(text, /ravi · Sign out/);
    assert.match(text, /create/);
    if (process.env.CAUSEWAY_TEST_PICTURES !== undefined) {
      await chromium.picture(join(process.env.CAUSEWAY_TEST_PICTURES, "preview.png"));
      await chromium.picture(
        join(process.env.CAUSEWAY_TEST_PICTURES, "preview-dark.png"),
        400,
        "dark",
      );
    }
    // Its style passes the policy, and nothing else wanted to.
    assert.deepEqual(chromium.complaints, []);
    assert.notEqual(
      await chromium.run("getComputedStyle(document.querySelector('header')).display"),
      "block",
    );
  });

  it("keeps the session where no script reads it, and takes it for the API's reads and own changes", async () => {
    const session = (await chromium.cookies()).find(({ name }) => name.includes("session"));
    assert.deepEqual([session?.httpOnly, session?.sameSite], [true, "Lax"]);
    assert.equal(await chromium.run("document.cookie"), "");
    // The page's own policy forbids fetch(); one without a policy may be of the same origin.
    await chromium.open(`${service.url}/v1/me`);
    const me = await chromium.run<{ name: string }>("fetch('/v1/me').then((one) => one.json())");
    assert.equal(me.name, "ravi");
    const own = "fetch('/v1/tenants/acme/pipelines/exports/updates', { method: 'POST' })";
    // Past the door, and there the role does not suffice: a reader.
    assert.match(await chromium.run(`${own}.then((one) => one.text())`), /problem:forbidden/);
  });

  it("is not let in for a page of another origin that changes something in its name", async () => {
    // Another port of this machine is the same site, so the cookie is sent along.
    await chromium.open(`${issuer.url}/.well-known/openid-configuration`);
    const form = `(() => {
      const form = document.createElement("form");
      form.method = "post";
      form.action = ${JSON.stringify(`${service.url}/logout`)};
      document.documentElement.append(form);
      form.submit();
    })()`;
    await chromium.run(form);
    await chromium.arrive(/\/logout$/);
    assert.match(await chromium.text(), /comes from another site/);
    await chromium.open(page);
    assert.match(await chromium.text(), /ravi · Sign out/);
  });

  it("signs out, and is asked who it is before it comes back", async () => {
    await chromium.press("Sign out");
    await chromium.arrive(/\/logout$/);
    await chromium.press("Sign out");
    await until("the word", async () => {
      const text = await chromium.text().catch(() => "");
      return text.includes("You are signed out") ? true : undefined;
    });
    await chromium.open(page);
    await signIn("gina");
    await chromium.arrive(exactly(page));
    // Of another tenant: she may not even know.
    const text = await chromium.text();
    assert.match(text, /There is no preview/);
    assert.match(text, /Sign in as somebody else/);
    assert.doesNotMatch(text, /acme/);
    if (process.env.CAUSEWAY_TEST_PICTURES !== undefined) {
      await chromium.picture(join(process.env.CAUSEWAY_TEST_PICTURES, "problem.png"));
    }
  });

  it("becomes somebody else by the page's own way on", async () => {
    await chromium.press("Sign in as somebody else");
    await signIn("ada");
    await chromium.arrive(exactly(page));
    assert.match(await chromium.text(), /ada · Sign out/);
  });
});
