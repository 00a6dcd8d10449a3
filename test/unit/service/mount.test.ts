import assert from "node:assert/strict";
import { fields } from "../../../infra/spec/fields.ts";
import type { Access } from "../../../service/auth/principal.ts";
import type { Context } from "../../../service/context.ts";
import { endpoint, type Endpoint } from "../../../service/http/endpoint.ts";
import { mount } from "../../../service/http/mount.ts";
import { noQuery } from "../../../service/http/page.ts";

function thing(path: string, access: unknown): Endpoint {
  return endpoint({
    method: "get",
    path,
    access: access as Access,
    operationId: "getThing",
    summary: "A thing",
    params: fields({}),
    query: noQuery,
    answers: {},
    problems: [],
    handle: () => Promise.resolve({ status: 200 }),
  });
}

const mounting = (path: string, access: unknown) => () => {
  const rateLimits = { guard: () => () => undefined };
  mount([thing(path, access)], { rateLimits } as unknown as Context);
};

describe("mounting an endpoint", () => {
  it("refuses one that does not say who may call it, or says what nobody can check", () => {
    assert.throws(mounting("/v1/things", undefined), /getThing cannot be mounted.*access/);
    assert.throws(mounting("/v1/things", "everybody"), /access is everybody/);
    assert.throws(mounting("/v1/tenants/{tenant}/things", { tenant: "own" }), /need is unknown/);
  });

  it("refuses one that looks for a tenant where none is named", () => {
    assert.throws(
      mounting("/v1/things/{thing}", { tenant: "read" }),
      /no path parameter \{tenant\}/,
    );
  });

  it("takes those that are guarded", () => {
    for (const access of ["public", "signed-in", "operator", { tenant: "admin" }]) {
      assert.doesNotThrow(mounting("/v1/tenants/{tenant}/things", access));
    }
  });
});
