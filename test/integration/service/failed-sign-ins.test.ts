import assert from "node:assert/strict";
import request from "supertest";
import { Client } from "../../../service/client/client.ts";
import type { Service } from "../../../service/service.ts";
import { makeSigner, sign, TokenIssuer } from "../../support/token-issuer.ts";
import { fakeEngine } from "./fake-engine.ts";
import { makeHome, start, type Home, type ProblemBody } from "./harness.ts";

const token = "a-token-of-an-operator";
const most = 5;

describe("bad tokens", () => {
  let home: Home;
  let service: Service;
  const issuer = new TokenIssuer();
  before(async () => {
    await issuer.start();
    home = await makeHome({
      CAUSEWAY_TOKEN: token,
      CAUSEWAY_ISSUER: issuer.url,
      CAUSEWAY_TRUSTED_PROXIES: "127.0.0.1",
      CAUSEWAY_FAILED_SIGN_INS_PER_MINUTE: String(most),
    });
    service = await start(home, { runEngine: fakeEngine().run });
  });
  after(async () => {
    await service.stop();
    issuer.stop();
    await home.remove();
  });

  const ask = (from: string, bearer?: string, path = "/v1/me") => {
    const sent = request(service.url).get(path).set("x-forwarded-for", from);
    return bearer === undefined ? sent : sent.set("authorization", `Bearer ${bearer}`);
  };

  it("of any kind are answered with 429 from an address that sends too many, and good ones pass", async () => {
    const guesses = [
      "guess",
      `${token}x`,
      `cwt_${"0".repeat(20)}_${"A".repeat(43)}`,
      await sign(issuer.claims(), await makeSigner("nobody's")),
      "a.b.c",
    ];
    for (const guess of guesses) await ask("192.0.2.1", guess).expect(401);
    const over = await ask("192.0.2.1", "guess").expect(429);
    const problem = over.body as ProblemBody;
    assert.match(problem.type, /rate-limited$/);
    assert.match(problem.detail, /More than 5 requests from 192\.0\.2\.1 came with credentials/);
    const seconds = Number(over.headers["retry-after"]);
    assert.ok(seconds > 0 && seconds <= 60, String(seconds));
    const client = new Client({ url: service.url, token: "guess" });
    // At once: it does not wait for a minute to send the same again. (To the service it comes from the proxy's address.)
    for (let i = 0; i < most; i += 1) await assert.rejects(client.call("whoAmI", {}));
    await assert.rejects(client.call("whoAmI", {}), { name: "ApiProblem", status: 429 });
    await ask("192.0.2.1", "guess", "/v1/nowhere").expect(429);
    // Others behind the same proxy, and elsewhere.
    await ask("192.0.2.1", token).expect(200);
    await ask("192.0.2.2", "guess").expect(401);
    const { text } = await request(service.url)
      .get("/metrics")
      .set("authorization", `Bearer ${token}`);
    assert.match(text, /causeway_rate_limited_total\{limit="failed-sign-ins"\} 3/);
  });

  it("are not counted by whose name they bear: nobody is locked out by others' guesses", async () => {
    const signer = await makeSigner("ours");
    const expired = issuer.claims({ exp: 1, iat: 0 });
    issuer.keys = [signer.jwk];
    for (let i = 0; i < 3 * most; i += 1) {
      await ask(`198.51.100.${i}`, await sign(expired, signer)).expect(401);
    }
  });

  it("are what is counted: who only forgets to send one is told so each time", async () => {
    for (let i = 0; i < 2 * most; i += 1) await ask("203.0.113.1").expect(401);
  });
});
