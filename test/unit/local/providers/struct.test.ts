import assert from "node:assert/strict";
import fc from "fast-check";
import { decode, encode } from "../../../../local/providers/wire/struct.ts";
import {
  conceal,
  dependenciesOf,
  OutputValue,
  ResourceReference,
  reveal,
  Secret,
  unknown,
  type Value,
} from "../../../../local/providers/wire/values.ts";

/** Any value that the protocol carries. */
const anyValue = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.string(),
    fc.constant(unknown),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .dictionary(fc.stringMatching(/^[a-zA-Z]{1,8}$/), tie("value"), {
        maxKeys: 4,
        noNullPrototype: true,
      })
      .map((entries) => entries as Value),
    tie("value").map((value) => new Secret(value)),
    fc
      .tuple(tie("value"), fc.boolean(), fc.array(fc.string(), { maxLength: 2 }))
      .map(([value, secret, urns]) => new OutputValue(value, secret, urns)),
    fc.constant(new OutputValue(undefined, false, ["urn:a"])),
    fc.constant(new ResourceReference("urn:b", "vpc-1", "7.48.0")),
  ),
})).value;

describe("Property values on the wire", () => {
  it("come back as they went, whatever they hold", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        assert.deepEqual(decode(encode({ value })), { value });
      }),
    );
  });

  it("reads every kind of unknown that the engine writes as unknown", () => {
    const number = "3eeb2bf0-c639-47a8-9e75-3b44932eb421";
    assert.deepEqual(decode(encode({ count: number })), { count: unknown });
  });

  it("keeps a reference's id unknown while the engine does not know it", () => {
    const reference = new ResourceReference("urn:b", undefined, "");
    const back = decode(encode({ vpc: reference }))["vpc"];
    assert.ok(back instanceof ResourceReference);
    assert.equal(back.id, undefined);
  });

  it("treats an absent message as no properties", () => {
    assert.deepEqual(decode(undefined), {});
  });
});

describe("Secrets and dependencies inside values", () => {
  it("conceals a whole property when anything inside its input was secret", () => {
    const concealed = conceal(
      { policy: "open", tags: { a: "1" } },
      { policy: "open", tags: { a: new Secret("1") } },
    );
    assert.equal(concealed["policy"], "open");
    assert.deepEqual(concealed["tags"], new Secret({ a: "1" }));
  });

  it("reveals through any wrapping and leaves unknowns unknown", () => {
    const value = [
      new Secret({ a: new OutputValue("x", true, []) }),
      new OutputValue(undefined, false, []),
    ];
    assert.deepEqual(reveal(value), [{ a: "x" }, unknown]);
  });

  it("finds every resource that a value came from", () => {
    const value = {
      a: [new OutputValue("x", false, ["urn:1"])],
      b: new Secret(new OutputValue("y", false, ["urn:2"])),
    };
    assert.deepEqual(dependenciesOf(value), ["urn:1", "urn:2"]);
  });
});
