import assert from "node:assert/strict";
import fc from "fast-check";
import { wantedCapacity, type Situation } from "../../../../../local/aws/scaling/decide.ts";
import { compile, ExpressionError } from "../../../../../local/aws/scaling/expression.ts";
import {
  evaluateMetrics,
  type MetricQuery,
  Scaling,
} from "../../../../../local/aws/scaling/scaling.ts";

const value = (expression: string, data: Record<string, number | undefined> = {}) =>
  compile(expression)((id) => data[id]);

describe("metric math", () => {
  it("reads arithmetic, comparisons and functions", () => {
    assert.equal(value("1 + 2 * 3 - 4 / 2"), 5);
    assert.equal(value("(1 + 2) * -3"), -9);
    assert.equal(value("IF(m1 > 2, 10, 20)", { m1: 3 }), 10);
    assert.equal(value("MAX(m1, 7)", { m1: 3 }), 7);
    assert.equal(value("m1 >= 1 && m1 < 3", { m1: 3 }), 0);
  });

  it("has no value where data is missing or a divisor is 0, unless it is filled", () => {
    assert.equal(value("m1 + 1"), undefined);
    assert.equal(value("m1 / m2", { m1: 1, m2: 0 }), undefined);
    assert.equal(value("FILL(m1, 4) + 1"), 5);
    const rule = "IF(FILL(workers, 0) > 0, backlog / workers, backlog)";
    assert.equal(value(rule, { backlog: 100 }), 100);
    assert.equal(value(rule, { backlog: 100, workers: 4 }), 25);
  });

  it("is refused when it cannot be read", () => {
    for (const expression of ["", "1 +", "a b", "SQRT(1)", "IF(1, 2)", "1 $ 2", "(1"])
      assert.throws(() => compile(expression), ExpressionError, expression);
  });
});

describe("target tracking", () => {
  const now = (more: Partial<Situation>): Situation => ({
    metric: 100,
    targetValue: 100,
    current: 2,
    min: 1,
    max: 10,
    sinceOut: Infinity,
    sinceIn: Infinity,
    outCooldownMs: 60_000,
    inCooldownMs: 300_000,
    mayScaleIn: true,
    ...more,
  });

  it("scales in proportion, out at once and in after its cooldown", () => {
    assert.equal(wantedCapacity(now({ metric: 250 })), 5);
    assert.equal(wantedCapacity(now({ metric: 5000 })), 10);
    assert.equal(wantedCapacity(now({ metric: 10 })), 1);
    assert.equal(wantedCapacity(now({ metric: 10, sinceOut: 1000 })), 2);
    assert.equal(wantedCapacity(now({ metric: 250, sinceOut: 1000 })), 2);
    assert.equal(wantedCapacity(now({ metric: 10, mayScaleIn: false })), 2);
    assert.equal(wantedCapacity(now({ metric: 95 })), 2);
  });

  it("wakes from nothing, and does nothing without data", () => {
    assert.equal(wantedCapacity(now({ current: 0, min: 0, metric: 150 })), 2);
    assert.equal(wantedCapacity(now({ current: 0, min: 0, metric: 0 })), 0);
    assert.equal(wantedCapacity(now({ metric: undefined })), 2);
  });

  it("always stays within its bounds", () => {
    const count = fc.nat(50);
    fc.assert(
      fc.property(
        fc.option(fc.nat(10_000), { nil: undefined }),
        count,
        count,
        count,
        (metric, current, min, span) => {
          const wanted = wantedCapacity(now({ metric, current, min, max: min + span }));
          assert.ok(wanted >= min && wanted <= min + span);
        },
      ),
    );
  });
});

describe("Application Auto Scaling", () => {
  const policy = {
    policyName: "p",
    policyType: "TargetTrackingScaling",
    serviceNamespace: "ecs",
    resourceId: "service/c/s",
    scalableDimension: "ecs:service:DesiredCount",
    targetTracking: {
      targetValue: 10,
      scaleInCooldown: 60,
      scaleOutCooldown: 0,
      metrics: [
        {
          id: "backlog",
          returnData: false,
          metricStat: {
            stat: "Average",
            metric: {
              namespace: "AWS/SQS",
              metricName: "ApproximateNumberOfMessagesVisible",
              dimensions: [{ name: "QueueName", value: "q" }],
            },
          },
        },
        { id: "e", expression: "backlog / 1", returnData: true },
      ],
    },
  } as const;

  it("changes the desired count, honours cooldowns, and forgets a target's policies with it", () => {
    let backlog = 35;
    let count = 1;
    let time = 1_000_000;
    const scaling = new Scaling({
      accountId: "1",
      region: "eu-west-1",
      clock: () => new Date(time),
      measure: () => backlog / count,
      capacity: (id) => (id === "service/c/s" ? count : undefined),
      setCapacity: (_id, next) => (count = next),
    });
    const target = {
      serviceNamespace: "ecs",
      resourceId: "service/c/s",
      scalableDimension: "ecs:service:DesiredCount",
      minCapacity: 1,
      maxCapacity: 5,
    } as const;
    assert.throws(() => scaling.putPolicy(policy), { code: "ObjectNotFoundException" });
    assert.throws(() => scaling.putTarget({ ...target, resourceId: "service/c/x" }), {
      code: "ValidationException",
    });
    scaling.putTarget(target);
    scaling.putPolicy(policy);
    scaling.evaluate();
    assert.equal(count, 4);
    backlog = 0;
    time += 1000;
    scaling.evaluate();
    assert.equal(count, 4);
    time += 60_000;
    scaling.evaluate();
    assert.equal(count, 1);
    scaling.deleteTarget("service/c/s");
    assert.equal(scaling.getPolicy("service/c/s", "p"), undefined);
  });

  it("refuses a policy that it cannot compute", () => {
    const scaling = new Scaling({
      accountId: "1",
      region: "eu-west-1",
      clock: () => new Date(0),
      measure: () => 7,
      capacity: () => 1,
      setCapacity: () => undefined,
    });
    scaling.putTarget({
      serviceNamespace: "ecs",
      resourceId: "service/c/s",
      scalableDimension: "ecs:service:DesiredCount",
      minCapacity: 1,
      maxCapacity: 5,
    });
    const withMetrics = (metrics: MetricQuery[]) => () =>
      scaling.putPolicy({ ...policy, targetTracking: { ...policy.targetTracking, metrics } });
    assert.throws(withMetrics([{ id: "e", expression: "NOVEL(1)" }]), /NOVEL/);
    assert.throws(withMetrics([{ id: "e" }]), /either an expression or a metric/);
    assert.throws(
      withMetrics([
        { id: "a", expression: "1" },
        { id: "b", expression: "2" },
      ]),
      /Exactly one/,
    );
    assert.equal(
      evaluateMetrics(policy.targetTracking.metrics, () => 7),
      7,
    );
  });
});
