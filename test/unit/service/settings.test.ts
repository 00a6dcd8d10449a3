import assert from "node:assert/strict";
import { SetupError } from "../../../service/errors.ts";
import { isLoopback } from "../../../service/loopback.ts";
import { operationsFor, readSettings } from "../../../service/settings.ts";

const read = (env: NodeJS.ProcessEnv) => readSettings(env, "vm:1:2");

function refusal(env: NodeJS.ProcessEnv): SetupError {
  try {
    read(env);
  } catch (error) {
    assert.ok(error instanceof SetupError);
    return error;
  }
  return assert.fail("the settings were taken");
}

describe("the service's settings", () => {
  it("keep the service on loopback unless told otherwise", () => {
    const settings = read({});
    assert.equal(settings.host, "127.0.0.1");
    assert.equal(settings.port, 8080);
    assert.equal(settings.foundation, "foundation-local");
  });

  it("refuse to leave loopback without an issuer, with a token too, and say what to do", () => {
    for (const host of ["0.0.0.0", "::", "10.0.0.1", "example.com", "127.0.0.1.example.com"]) {
      const error = refusal({ CAUSEWAY_HOST: host, CAUSEWAY_TOKEN: "0123456789abcdef" });
      assert.equal(error.code, "issuer-missing");
      assert.match(error.remedy, /CAUSEWAY_ISSUER.*CAUSEWAY_TOKEN alone is not enough/);
    }
    const settings = read({
      CAUSEWAY_HOST: "0.0.0.0",
      CAUSEWAY_TOKEN: "0123456789abcdef",
      CAUSEWAY_ISSUER: "https://issuer.example/realms/data",
    });
    assert.equal(settings.token, "0123456789abcdef");
    assert.equal(settings.issuer?.url, "https://issuer.example/realms/data");
  });

  it("ask an issuer for its keys by TLS, unless it is on this machine", () => {
    assert.equal(refusal({ CAUSEWAY_ISSUER: "http://issuer.example" }).code, "issuer-not-https");
    assert.equal(refusal({ CAUSEWAY_ISSUER: "issuer.example" }).subject, "CAUSEWAY_ISSUER");
    assert.equal(read({ CAUSEWAY_ISSUER: "http://127.0.0.1:8090" }).issuer?.rolesClaim, "roles");
  });

  it("believe only proxies that are named by address", () => {
    assert.deepEqual(read({ CAUSEWAY_TRUSTED_PROXIES: "10.0.0.0/8, ::1" }).trustedProxies, [
      "10.0.0.0/8",
      "::1",
    ]);
    for (const list of ["true", "1", "proxy.example"]) {
      const { subject } = refusal({ CAUSEWAY_TRUSTED_PROXIES: list });
      assert.equal(subject, "CAUSEWAY_TRUSTED_PROXIES");
    }
  });

  it("refuse a short token without repeating it", () => {
    const error = refusal({ CAUSEWAY_TOKEN: "hunter2" });
    assert.equal(error.subject, "CAUSEWAY_TOKEN");
    assert.doesNotMatch(`${error.message} ${error.remedy}`, /hunter2/);
  });

  it("name the variable that is wrong", () => {
    assert.equal(refusal({ PORT: "99999" }).subject, "PORT");
    assert.equal(refusal({ PORT: "eighty" }).subject, "PORT");
    assert.equal(refusal({ CAUSEWAY_QUIET_SECONDS: "-1" }).subject, "CAUSEWAY_QUIET_SECONDS");
  });

  it("take an empty variable for an absent one", () => {
    assert.equal(read({ CAUSEWAY_TOKEN: "", DATABASE_URL: "" }).databaseUrl, undefined);
  });

  it("run no more operations at once than cores and memory carry", () => {
    const GiB = 1024 ** 3;
    assert.equal(operationsFor(2, 24 * GiB), 2);
    assert.equal(operationsFor(64, 256 * GiB), 16);
    assert.equal(operationsFor(8, 1 * GiB), 1);
  });

  it("know loopback when they see it", () => {
    for (const host of ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"]) {
      assert.equal(isLoopback(host), true, host);
    }
    assert.equal(isLoopback("128.0.0.1"), false);
  });
});
