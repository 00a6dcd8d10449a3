import assert from "node:assert/strict";
import fc from "fast-check";
import type { OperationAction } from "../../../service/db/schema.ts";
import { placeOf, type Outlook } from "../../../service/operations/queue-estimate.ts";
import { looks, looksOneIn, pickNext, type Waiting } from "../../../service/operations/schedule.ts";

const action = fc.constantFrom<OperationAction>("create", "update", "delete", "preview", "drift");

/** A queue of operations of a few tenants, each with a few stacks. */
const queue = fc
  .array(
    fc.record({
      tenant: fc.constantFrom("a", "b", "c"),
      stack: fc.integer({ min: 0, max: 5 }),
      action,
    }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((rows) =>
    rows.map(({ tenant, stack, action: act }, seq): Waiting => {
      return {
        id: `op${seq}`,
        tenant,
        stack: `${tenant}.${stack}`,
        action: act,
        seq,
        createdAt: 0,
      };
    }),
  );

/** Serves a queue with one slot: each is done before the next is taken. */
function serve(waiting: readonly Waiting[]): Waiting[] {
  const left = [...waiting];
  const served = new Map<string, number>();
  const order: Waiting[] = [];
  while (left.length > 0) {
    const recent = order.map((one, index) => ({ action: one.action, at: index + 1 })).reverse();
    const next = pickNext({ waiting: left, running: [], recent, served });
    assert.ok(next, "something waits and nothing is in its way, but nothing was taken");
    left.splice(left.indexOf(next), 1);
    order.push(next);
    served.set(next.tenant, order.length);
  }
  return order;
}

describe("the order of operations", () => {
  it("is first in first out on each stack, and serves everything", () => {
    fc.assert(
      fc.property(queue, (waiting) => {
        const order = serve(waiting);
        assert.equal(order.length, waiting.length);
        for (const { stack } of waiting) {
          const lane = order.filter((one) => one.stack === stack).map(({ seq }) => seq);
          assert.deepEqual(
            lane,
            lane.toSorted((x, y) => x - y),
          );
        }
      }),
    );
  });

  it("does not let a tenant's hundred operations delay another's first by more than one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 5 }),
        (many, others) => {
          const crowd = Array.from({ length: many }, (_, seq) =>
            one("crowd", `crowd.${seq}`, "create", seq),
          );
          const guests = Array.from({ length: others }, (_, index) =>
            one(`guest${index}`, `guest${index}.x`, "create", many + index),
          );
          const order = serve([...crowd, ...guests]);
          for (const guest of guests) {
            assert.ok(
              order.indexOf(guest) <= others,
              `${guest.tenant} came as number ${order.indexOf(guest) + 1}`,
            );
          }
        },
      ),
    );
  });

  it("takes changes before looks, and starves no look: at most three starts pass one over that could be taken", () => {
    fc.assert(
      fc.property(queue, (waiting) => {
        const order = serve(waiting);
        let passed = 0;
        for (const [index, taken] of order.entries()) {
          const left = order.slice(index);
          passed =
            left.some((other) => looks(other.action)) && !looks(taken.action) ? passed + 1 : 0;
          const heads = left.filter(
            (other) => !left.some((first) => first.stack === other.stack && first.seq < other.seq),
          );
          const takeable = heads.some((head) => looks(head.action));
          if (takeable)
            assert.ok(passed <= looksOneIn + lanesInFront(left), `${passed} passed it over`);
        }
        const [first] = order;
        const urgent = waiting.some((other) => !looks(other.action));
        const served = waiting.some(
          (other) => other.stack === first?.stack && !looks(other.action),
        );
        if (urgent) assert.ok(served, "a look that no change waits behind came before a change");
      }),
    );
  });

  it("runs no stack twice at once and leaves out tenants that may have no more", () => {
    const [x, y] = [one("a", "a.1", "create", 1), one("b", "b.1", "create", 2)];
    const rest = { recent: [], served: new Map<string, number>() };
    assert.equal(pickNext({ waiting: [x, y], running: [x], ...rest })?.id, y.id);
    assert.equal(pickNext({ waiting: [x], running: [x], ...rest }), undefined);
    assert.equal(
      pickNext({ waiting: [x, y], running: [], ...rest, resting: new Set(["a"]) })?.id,
      y.id,
    );
  });
});

describe("the wait of an operation", () => {
  const base: Omit<Outlook, "waiting"> = {
    running: [],
    recent: [],
    served: new Map(),
    took: new Map([["create", 10]]),
    slots: 1,
    now: 0,
  };

  it("adds up what comes first, over the slots that there are", () => {
    const waiting = [1, 2, 3, 4].map((seq) => one("a", `a.${seq}`, "create", seq));
    assert.deepEqual(placeOf("op4", { ...base, waiting }), { position: 3, waitSeconds: 30 });
    assert.deepEqual(placeOf("op4", { ...base, waiting, slots: 2 }), {
      position: 3,
      waitSeconds: 10,
    });
  });

  it("counts what runs by what is left of it, and the lane by what is in front in it", () => {
    const lane = one("a", "a.1", "create", 1);
    const running = [{ tenant: "a", stack: "a.1", action: "create" as const, since: 4 }];
    assert.deepEqual(placeOf("op1", { ...base, waiting: [lane], running, slots: 4 }), {
      position: 0,
      waitSeconds: 6,
    });
  });

  it("says nothing of seconds when nothing was ever done, and nothing at all of what does not wait", () => {
    const waiting = [one("a", "a.1", "create", 1), one("a", "a.2", "create", 2)];
    assert.deepEqual(placeOf("op2", { ...base, waiting, took: new Map() }), {
      position: 1,
      waitSeconds: null,
    });
    assert.equal(placeOf("op9", { ...base, waiting }), undefined);
  });

  it("comes to an end for any queue, and positions are the order of service", () => {
    fc.assert(
      fc.property(queue, fc.integer({ min: 1, max: 4 }), (waiting, slots) => {
        const places = waiting.map(({ id }) => placeOf(id, { ...base, waiting, slots })?.position);
        assert.deepEqual(
          places.toSorted((x, y) => (x ?? -1) - (y ?? -1)),
          waiting.map((_, index) => index),
        );
      }),
    );
  });
});

/** Lanes whose looks are in front of changes: those looks count as changes. */
function lanesInFront(left: readonly Waiting[]): number {
  return new Set(left.filter(({ action: act }) => !looks(act)).map(({ stack }) => stack)).size;
}

function one(tenant: string, stack: string, act: OperationAction, seq: number): Waiting {
  return { id: `op${seq}`, tenant, stack, action: act, seq, createdAt: 0 };
}
