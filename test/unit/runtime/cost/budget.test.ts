import assert from "node:assert/strict";
import fc from "fast-check";
import { DollarBudget } from "../../../../runtime/cost/budget.ts";
import { estimate, GIB } from "../../../../runtime/cost/estimate.ts";
import { usageOf, type ObjectPlan } from "../../../../runtime/cost/patterns.ts";
import type { Route } from "../../../../runtime/cost/route.ts";
import { sideUsage, type Usage } from "../../../../runtime/cost/usage.ts";

const route: Route = {
  source: { cloud: "s3", region: "us-east-1" },
  target: { cloud: "azure-blob" },
  via: "public",
};
const byUrl = (size: number): ObjectPlan => ({
  size,
  how: "url",
  blocks: 32,
  target: "azure-blob",
});

/** A run that uses exactly what its objects were expected to. */
function running(limit: number) {
  let used = { get: 0, write: 0, other: 0, byUrl: 0 };
  const usage = (): Usage => ({
    source: sideUsage({ get: used.get }),
    target: sideUsage({ write: used.write, other: used.other }),
    byUrl: used.byUrl,
  });
  const use = (plan: ObjectPlan): void => {
    const { source, target, byUrl: bytes } = usageOf(plan);
    used = {
      get: used.get + source.requests.get,
      write: used.write + target.requests.write,
      other: used.other + target.requests.other,
      byUrl: used.byUrl + bytes,
    };
  };
  const spent = (): number => estimate(usage(), route).dollars;
  return { budget: new DollarBudget({ limit, route, usage }), use, spent };
}

describe("a budget", () => {
  it("starts what it can pay for, counting what is under way, and says with numbers why not more", () => {
    // A GiB by URL costs about nine cents.
    const { budget } = running(0.2);
    const [first, second, third] = [1, 2, 3].map(() => budget.take(byUrl(GIB)));
    assert.deepEqual([first?.ok, second?.ok, third?.ok], [true, true, false]);
    assert.ok(third?.ok === false);
    assert.equal(third.class, "BudgetExceeded");
    assert.equal(
      third.reason,
      "The run may cost $0.20: $0.18 is spent or set aside, and 1073741824 bytes more would cost about $0.090.",
    );
    assert.equal(budget.take(byUrl(GIB / 10)).ok, true);
  });

  it("gives back what was set aside for an object that turned out to need nothing, once", () => {
    const { budget } = running(0.1);
    const granted = budget.take(byUrl(GIB));
    assert.ok(granted.ok);
    assert.equal(budget.take(byUrl(GIB)).ok, false);
    granted.done();
    granted.done();
    assert.ok(Math.abs(budget.committed) < 1e-12);
    assert.equal(budget.take(byUrl(GIB)).ok, true);
  });

  it("is never exceeded by what was started, whatever order objects start and end in", () => {
    const sizes = fc.array(
      fc.record({ size: fc.integer({ min: 0, max: 50 * GIB }), ends: fc.boolean() }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(sizes, fc.double({ min: 0.01, max: 20, noNaN: true }), (objects, limit) => {
        const { budget, use, spent } = running(limit);
        const under: { plan: ObjectPlan; done: () => void }[] = [];
        for (const { size, ends } of objects) {
          const granted = budget.take(byUrl(size));
          if (granted.ok) under.push({ plan: byUrl(size), done: granted.done });
          const ending = ends ? under.shift() : undefined;
          if (ending !== undefined) {
            use(ending.plan);
            ending.done();
          }
        }
        for (const { plan } of under) use(plan);
        assert.ok(spent() <= limit + 1e-9, `spent ${spent()} of ${limit}`);
      }),
    );
  });
});
