import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readSettings } from "../../../../service/settings.ts";
import { cookie, cookieName, cookiesOf } from "../../../../service/sign-in/cookies.ts";
import { pageAfter } from "../../../../service/sign-in/next.ts";
import { isForeignPage, isOwnPage, originFor } from "../../../../service/sign-in/origin.ts";

const origin = "https://causeway.example";

describe("the page after signing in", () => {
  it("is the one that was wanted, with its query", () => {
    assert.equal(
      pageAfter("/v1/previews/pv_1/page?a=b#c", origin),
      `${origin}/v1/previews/pv_1/page?a=b#c`,
    );
  });

  it("is never of another origin, whatever was asked for", () => {
    const parts = fc.constantFrom(
      "/",
      "//",
      "\\",
      "\t",
      "\n",
      "@",
      "..",
      ".",
      ":",
      "evil.example",
      "https:",
      "%2f",
      "?",
      "#",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(parts).map((some) => some.join("")),
    );
    fc.assert(
      fc.property(text, (next) => {
        // As a browser reads the header Location.
        const url = new URL(pageAfter(next, origin), origin);
        assert.equal(url.origin, origin);
        assert.equal(pageAfter(next, origin).slice(0, origin.length + 1), `${origin}/`);
      }),
    );
  });

  it("is the first one instead of a sign-in, which would go in circles", () => {
    for (const next of [
      "/login",
      "/login?next=/",
      "/login/callback?code=1",
      "/logout",
      "/a/../login",
    ]) {
      assert.equal(pageAfter(next, origin), `${origin}/`);
    }
    assert.equal(pageAfter("/logins", origin), `${origin}/logins`);
    assert.equal(pageAfter(`/${"a".repeat(3_000)}`, origin), `${origin}/`);
  });
});

describe("the origin of a request", () => {
  it("is what the settings say, else a name of this machine, and nothing that a client made up", () => {
    assert.equal(originFor("evil.example", origin), origin);
    assert.equal(originFor("127.0.0.1:8080", undefined), "http://127.0.0.1:8080");
    assert.equal(originFor("[::1]:8080", undefined), "http://[::1]:8080");
    for (const host of [
      undefined,
      "",
      "evil.example",
      "127.0.0.1.evil.example",
      "127.0.0.1@evil.example",
    ]) {
      assert.equal(originFor(host, undefined), undefined);
    }
  });

  it("is ours when something says so and nothing says otherwise, and a program's when nothing is said", () => {
    const says = (from: string | undefined, fetchSite: string | undefined) => {
      const sender = { origin: from, fetchSite };
      return [isOwnPage(sender, origin), isForeignPage(sender, origin)];
    };
    assert.deepEqual(says(origin, "same-origin"), [true, false]);
    assert.deepEqual(says(origin, undefined), [true, false]);
    assert.deepEqual(says(undefined, "same-origin"), [true, false]);
    assert.deepEqual(says(undefined, undefined), [false, false]);
    assert.deepEqual(says(undefined, "none"), [false, false]);
    assert.deepEqual(says(undefined, "same-site"), [false, true]);
    assert.deepEqual(says("null", "same-origin"), [false, true]);
    assert.deepEqual(says("https://evil.example", undefined), [false, true]);
    // Nobody knows our origin: nothing is of it.
    assert.equal(isOwnPage({ origin, fetchSite: undefined }, undefined), false);
  });
});

describe("cookies", () => {
  it("are this host's alone over TLS, and this port's alone without", () => {
    const name = cookieName(origin, "session");
    assert.equal(
      cookie(origin, name, "x", 60.9),
      "__Host-causeway-session=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
    );
    const here = "http://127.0.0.1:8080";
    assert.equal(
      cookie(here, cookieName(here, "session"), "x", 60),
      "causeway-session-8080=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax",
    );
  });

  it("are read as they were sent, the first of two", () => {
    assert.deepEqual(
      [...cookiesOf("a=1; b=2=3; a=4;; c")],
      [
        ["a", "1"],
        ["b", "2=3"],
        ["", ""],
        ["c", ""],
      ],
    );
    assert.equal(cookiesOf(undefined).get("a"), undefined);
  });
});

describe("the settings of signing in", () => {
  const settings = (env: Record<string, string>) => readSettings(env, "here").signIn;

  it("take an origin to come back to, by TLS unless it is this machine", () => {
    const url = (CAUSEWAY_PUBLIC_URL: string) => settings({ CAUSEWAY_PUBLIC_URL }).publicOrigin;
    assert.equal(url("https://causeway.example/"), origin);
    assert.equal(url("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
    assert.throws(() => url("http://causeway.example"), /without TLS/);
    assert.throws(() => url("https://causeway.example/under/here"), /more than an origin/);
    assert.throws(() => url("https://user:word@causeway.example/"), /more than an origin/);
  });

  it("take the client's secret from a file, and say when there is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "causeway-secret-"));
    try {
      const file = join(folder, "secret");
      await writeFile(file, " a secret\n");
      const given = settings({ CAUSEWAY_WEB_CLIENT_SECRET_FILE: file, CAUSEWAY_CLIENT_ID: "one" });
      assert.deepEqual([given.clientId, given.clientSecret], ["one", "a secret"]);
      await writeFile(file, "\n");
      for (const wrong of [file, join(folder, "none")]) {
        assert.throws(
          () => settings({ CAUSEWAY_WEB_CLIENT_SECRET_FILE: wrong }),
          /No client secret can be read/,
        );
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
