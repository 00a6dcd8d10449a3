import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LocalIssuer } from "../../../../local/issuer/issuer.ts";
import type { Service } from "../../../../service/service.ts";
import { Browser } from "../../../support/browser.ts";
import { until } from "../../../support/until.ts";
import { fakeEngine } from "../../service/fake-engine.ts";
import { makeHome, start, type Home } from "../../service/harness.ts";
import { Command } from "../command.ts";

describe("causeway login", function () {
  this.timeout(120_000);
  let home: Home;
  let issuer: LocalIssuer;
  let service: Service;
  let command: Command;

  before(async () => {
    home = await makeHome();
    issuer = await LocalIssuer.start({ folder: join(home.folder, "issuer"), port: 0 });
    home.env["CAUSEWAY_ISSUER"] = issuer.url;
    service = await start(home, { runEngine: fakeEngine().run });
    command = new Command({ CAUSEWAY_URL: service.url, XDG_CONFIG_HOME: home.folder });
  });

  after(async () => {
    await command.close();
    await service.stop();
    await issuer.close();
    await home.remove();
  });

  it("takes a code that somebody confirms in a browser, keeps the session to its owner, and renews it", async () => {
    const before = await command.run(["whoami"]);
    assert.equal(before.code, 5);
    assert.match(before.err, /causeway login/);

    const login = command.start(["login", "--no-browser"]);
    let said = "";
    login.process.stderr?.on("data", (bytes: Buffer) => (said += bytes.toString()));
    const code = await until("the code", () =>
      Promise.resolve(/confirm the code (\S+)/.exec(said)?.[1]),
    );
    const address = /Open (\S+)/.exec(said)?.[1] ?? "";
    const browser = new Browser();
    const page = await browser.open(address.split("?")[0] ?? "");
    const confirm = await browser.submit(page, { user_code: code });
    const question = await browser.submit(confirm, {});
    const account = issuer.accounts.find(({ name }) => name === "ravi");
    await browser.submit(question, { name: "ravi", password: account?.password ?? "" });
    const ended = await login.ended;
    assert.equal(ended.code, 0, ended.err);
    assert.match(ended.err, /Logged in at .* as ravi/);

    const file = join(home.folder, "causeway", "config.json");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.match((await command.run(["whoami"])).out, /ravi \(user\)/);

    // As if its hour were over: the next command renews it.
    const config = JSON.parse(await readFile(file, "utf8")) as {
      sessions: Record<string, { expiresAt: number; accessToken: string }>;
    };
    const session = config.sessions[service.url]!;
    await writeFile(
      file,
      JSON.stringify({ ...config, sessions: { [service.url]: { ...session, expiresAt: 0 } } }),
    );
    assert.equal((await command.run(["whoami"])).code, 0);
    const later = await readFile(file, "utf8");
    assert.ok(!later.includes(session.accessToken), "another token is kept now");

    assert.equal((await command.run(["logout"])).code, 0);
    assert.equal((await command.run(["whoami"])).code, 5);
  });
});
