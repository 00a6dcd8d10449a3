import assert from "node:assert/strict";
import {
  GivenSas,
  SasParameter,
  parseSas,
  type Sas,
} from "../../../../../runtime/stores/azure/sas.ts";
import { never } from "../../fakes.ts";

function rotating(lifeMs: number): {
  parameter: SasParameter;
  clock: { now: number };
  reads: () => number;
} {
  const clock = { now: 1_000_000 };
  let reads = 0;
  const parameter = new SasParameter(
    (): Promise<Sas> => {
      reads += 1;
      return Promise.resolve({ token: `sig=${reads}`, expires: new Date(clock.now + lifeMs) });
    },
    () => clock.now,
  );
  return { parameter, clock, reads: () => reads };
}

describe("a SAS in a parameter", () => {
  it("is read once, however many ask at the same time", async () => {
    const { parameter, reads } = rotating(3_600_000);
    await Promise.all([parameter.get(never), parameter.get(never)]);
    await parameter.get(never);
    assert.equal(reads(), 1);
  });

  it("is read again a minute before it expires", async () => {
    const { parameter, clock, reads } = rotating(3_600_000);
    await parameter.get(never);
    clock.now += 3_600_000 - 59_000;
    await parameter.get(never);
    assert.equal(reads(), 2);
  });

  it("that was refused is read again once for all who used it", async () => {
    const { parameter, reads } = rotating(3_600_000);
    const used = await parameter.get(never);
    assert.equal(await parameter.refresh(used, never), true);
    assert.equal(await parameter.refresh(used, never), true);
    assert.equal(reads(), 2);
  });

  it("that is no SAS is refused by the parameter's name, without its value", () => {
    assert.throws(
      () => parseSas("hunter2hunter2", "The parameter /acme/sas"),
      (error: Error) => {
        assert.equal(error.message, "The parameter /acme/sas does not hold a SAS: it has no sig=.");
        return true;
      },
    );
  });

  it("may begin with a question mark", () => {
    assert.equal(
      parseSas("?se=2027-01-01T00:00:00Z&sig=abcdefghij", "/p").token.startsWith("se="),
      true,
    );
  });

  it("may be had without a promise while it is good", async () => {
    const { parameter } = rotating(3_600_000);
    await parameter.get(never);
    assert.equal(parameter.get(never) instanceof Promise, false);
  });
});

describe("a SAS that was given", () => {
  it("has no other when it is refused, and says when it has expired", async () => {
    const clock = { now: Date.parse("2026-01-01T00:00:00Z") };
    const sas = parseSas("se=2026-01-01T00:10:00Z&sp=rw&sig=abcdefghij", "The SAS");
    const given = new GivenSas(sas, () => clock.now);
    assert.equal(given.get(), sas);
    assert.equal(await given.refresh(), false);
    assert.equal(given.expired(sas), false);
    clock.now += 601_000;
    assert.equal(given.expired(sas), true);
  });
});
