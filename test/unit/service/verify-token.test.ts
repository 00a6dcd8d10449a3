import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { exportSPKI, SignJWT, UnsecuredJWT, type JWTPayload } from "jose";
import { pino } from "pino";
import { IssuerKeys, type KeyTimes } from "../../../service/auth/keys.ts";
import type { IssuerSettings } from "../../../service/auth/settings.ts";
import { verifyToken } from "../../../service/auth/verify.ts";
import { RequestProblem } from "../../../service/http/problem.ts";
import {
  makeSigner,
  sign as signBy,
  TokenIssuer,
  type Signer,
} from "../../support/token-issuer.ts";

const audience = "urn:causeway:api";
const seconds = () => Math.floor(Date.now() / 1000);

describe("a token of the issuer", () => {
  const issuer = new TokenIssuer();
  let main: Signer;
  let keys: IssuerKeys;
  before(() => issuer.start());
  after(() => issuer.stop());
  beforeEach(async () => {
    main = await makeSigner("one");
    issuer.keys = [main.jwk];
    issuer.down = false;
    issuer.asked = 0;
    keys = keysWith({});
  });

  const keysWith = (times: Partial<KeyTimes>) =>
    new IssuerKeys(issuer.url, pino({ level: "silent" }), times);

  const settings = (more: Partial<IssuerSettings> = {}): IssuerSettings => ({
    url: issuer.url,
    audience,
    clientId: "causeway",
    scope: "openid",
    rolesClaim: "roles",
    rolesPrefix: "causeway:",
    clockToleranceMs: 30_000,
    ...more,
  });

  const claims = (more: JWTPayload = {}): JWTPayload =>
    issuer.claims({ preferred_username: "ada", roles: ["causeway:acme:admin"], ...more });

  const sign = (payload = claims(), by = main, header: { typ?: string } = {}) =>
    signBy(payload, by, header);

  const verify = (token: string, more: Partial<IssuerSettings> = {}, with_ = keys) =>
    verifyToken(token, settings(more), with_);

  async function refusal(token: string, kind = "unauthorized", with_ = keys): Promise<string> {
    const error = await verify(token, {}, with_).then(
      () => assert.fail("the token was taken"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof RequestProblem, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.ok(!error.message.includes(token), "the token is not repeated");
    return error.message;
  }

  it("says who somebody is and what they may do", async () => {
    const ada = await verify(await sign());
    assert.deepEqual(
      [ada.id, ada.name, ada.kind, ada.operator],
      ["oidc:u-1", "ada", "user", false],
    );
    assert.equal(ada.roleIn("acme"), "admin");
    assert.equal(ada.roleIn("globex"), undefined);
  });

  for (const alg of ["RS256", "ES256", "PS256", "EdDSA"]) {
    it(`may be signed by ${alg}`, async () => {
      const by = await makeSigner("other", alg);
      issuer.keys.push(by.jwk);
      assert.equal((await verify(await sign(claims(), by))).name, "ada");
    });
  }

  it("is refused when it is of another issuer, or for another audience, or for none", async () => {
    assert.match(await refusal(await sign(claims({ iss: "https://evil.example" }))), /issuer/);
    assert.match(
      await refusal(await sign(claims({ aud: "causeway" }))),
      /audience urn:causeway:api/,
    );
    const { aud, ...without } = claims();
    assert.equal(aud, audience);
    assert.match(await refusal(await sign(without)), /audience/);
    assert.equal((await verify(await sign(claims({ aud: ["x", audience] })))).name, "ada");
  });

  it("is refused without a signature", async () => {
    await refusal(new UnsecuredJWT(claims()).encode());
  });

  it("is refused when a public key was taken for a shared secret", async () => {
    for (const secret of [JSON.stringify(main.jwk), await exportSPKI(main.publicKey)]) {
      const forged = await new SignJWT(claims())
        .setProtectedHeader({ alg: "HS256", kid: main.kid })
        .sign(new TextEncoder().encode(secret));
      assert.match(await refusal(forged), /signed by one of RS256/);
    }
    // Not even when the issuer publishes such a key.
    issuer.keys.push({
      kty: "oct",
      k: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
      kid: "oct",
      alg: "HS256",
    });
    const shared = await new SignJWT(claims())
      .setProtectedHeader({ alg: "HS256", kid: "oct" })
      .sign(Buffer.from("secret-secret-secret-secret"));
    await refusal(shared);
  });

  it("is refused when another key signed it under a known name, or when a byte was changed", async () => {
    const impostor = await makeSigner("one");
    assert.match(await refusal(await sign(claims(), impostor)), /signature/);
    const [header = "", , signature = ""] = (await sign()).split(".");
    const body = Buffer.from(JSON.stringify(claims({ roles: ["causeway:operator"] })));
    assert.match(
      await refusal(`${header}.${body.toString("base64url")}.${signature}`),
      /signature/,
    );
  });

  it("brings no key of its own", async () => {
    const own = await makeSigner("own");
    const token = await new SignJWT(claims())
      .setProtectedHeader({ alg: "ES256", kid: "own", jwk: own.jwk, jku: "http://evil.example" })
      .sign(own.key);
    assert.match(await refusal(token), /does not name a key/);
  });

  it("ends when it says, and must say so; clocks may differ by half a minute", async () => {
    const now = seconds();
    assert.match(await refusal(await sign(claims({ exp: now - 40 }))), /expired/);
    assert.equal((await verify(await sign(claims({ exp: now - 20 })))).name, "ada");
    assert.match(await refusal(await sign(claims({ nbf: now + 40 }))), /not valid yet/);
    assert.equal((await verify(await sign(claims({ nbf: now + 20 })))).name, "ada");
    const { exp, ...endless } = claims();
    assert.ok(exp);
    assert.match(await refusal(await sign(endless)), /\(exp\)/);
    const strict = verify(await sign(claims({ exp: now - 20 })), { clockToleranceMs: 0 });
    await assert.rejects(strict, /expired/);
  });

  it("must be an access token", async () => {
    for (const typ of ["at+jwt", "application/at+jwt", "JWT"]) {
      assert.equal((await verify(await sign(claims(), main, { typ }))).name, "ada", typ);
    }
    for (const typ of ["logout+jwt", "dpop+jwt", "secevent+jwt"]) {
      assert.match(await refusal(await sign(claims(), main, { typ })), /type/, typ);
    }
  });

  it("must name somebody", async () => {
    const { sub, ...nameless } = claims();
    assert.equal(sub, "u-1");
    assert.match(await refusal(await sign(nameless)), /names nobody/);
  });

  it("is refused as nonsense when it is none", async () => {
    for (const text of ["abc", "a.b.c", "e30.e30.", "eyJhbGciOiJub25lIn0.e30."])
      await refusal(text);
  });

  it("gives no role where the claim is missing or is not ours", async () => {
    const { roles, ...without } = claims();
    assert.ok(roles);
    const nobody = await verify(await sign(without));
    assert.deepEqual([nobody.operator, nobody.tenants()], [false, []]);
    for (const strange of [
      "other:operator",
      "causeway:acme",
      "causeway:acme:owner",
      "causeway::admin",
      "causeway:acme:admin:x",
      "causeway:__proto__:admin",
      "causeway:ACME:admin",
      7,
      null,
    ]) {
      const { operator, roles } = await verify(await sign(claims({ roles: [strange] })));
      assert.deepEqual([operator, roles], [false, {}], String(strange));
    }
  });

  it("has its roles where the settings say", async () => {
    const deep = claims({
      roles: undefined,
      realm_access: { roles: ["dp/operator"] },
      groups: "dp/acme:reader dp/acme:admin dp/globex:reader",
      "https://x.example/roles": ["dp/initech:writer"],
    });
    const token = await sign(deep);
    const rolesPrefix = "dp/";
    const operator = await verify(token, { rolesClaim: "realm_access.roles", rolesPrefix });
    assert.equal(operator.operator, true);
    const member = await verify(token, { rolesClaim: "groups", rolesPrefix });
    assert.deepEqual(member.roles, { acme: "admin", globex: "reader" });
    const url = await verify(token, { rolesClaim: "https://x.example/roles", rolesPrefix });
    assert.deepEqual(url.roles, { initech: "writer" });
  });

  describe("when the issuer changes its keys", () => {
    it("is taken with the new one, and refused with the old one soon", async () => {
      keys = keysWith({ cooldownMs: 50, maxAgeMs: 200 });
      const old = await sign();
      await verify(old);
      const next = await makeSigner("two");
      issuer.keys = [next.jwk];
      await delay(60);
      assert.equal((await verify(await sign(claims(), next))).name, "ada");
      await refusal(old);
    });

    it("asks again for unknown names no more often than agreed", async () => {
      await verify(await sign());
      assert.equal(issuer.asked, 2, "discovery and keys");
      const unknown = await makeSigner("unknown");
      for (let i = 0; i < 20; i += 1) await refusal(await sign(claims(), unknown));
      assert.equal(issuer.asked, 2);
    });

    it("asks once for many requests at once", async () => {
      const token = await sign();
      await Promise.all(Array.from({ length: 20 }, () => verify(token)));
      assert.equal(issuer.asked, 2);
    });
  });

  describe("while the issuer is down", () => {
    it("is neither good nor bad: 503, with a time to come back", async () => {
      issuer.down = true;
      const error: unknown = await verify(await sign()).catch((reason: unknown) => reason);
      assert.ok(error instanceof RequestProblem);
      assert.equal(error.kind, "unavailable");
      assert.match(error.headers["retry-after"] ?? "", /^[1-5]$/);
    });

    it("is taken with a key that is known, however old, and not known to be bad with another", async () => {
      keys = keysWith({ cooldownMs: 0, maxAgeMs: 10 });
      await verify(await sign());
      issuer.down = true;
      await delay(20);
      assert.equal((await verify(await sign())).name, "ada");
      await refusal(await sign(claims(), await makeSigner("two")), "unavailable");
      issuer.down = false;
      await refusal(await sign(claims(), await makeSigner("two")));
    });

    it("is not asked about at an issuer that says it is another", async () => {
      const stranger = new IssuerKeys(
        issuer.url.replace("127.0.0.1", "localhost"),
        pino({ level: "silent" }),
      );
      await refusal(await sign(), "unavailable", stranger);
    });
  });
});
