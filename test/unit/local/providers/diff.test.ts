import assert from "node:assert/strict";
import fc from "fast-check";
import { reconcile } from "../../../../local/providers/framework/compare.ts";
import { propertyChanges } from "../../../../local/providers/framework/diff.ts";
import {
  containerDefinitions,
  policyDocument,
} from "../../../../local/providers/framework/documents.ts";
import { unknown, type Props } from "../../../../local/providers/wire/values.ts";

const shown = (changes: ReturnType<typeof propertyChanges>) =>
  Object.fromEntries(
    changes.map(({ path, kind, replaces }) => [path, replaces ? `${kind}-replace` : kind]),
  );

describe("Property changes", () => {
  it("names the innermost property that differs, in lists and maps", () => {
    const old = { rules: [{ id: "a", days: 1 }], tags: { Name: "x", gone: "1" } };
    const next = { rules: [{ id: "a", days: 2 }, { id: "b" }], tags: { Name: "x", "a.b": "1" } };
    assert.deepEqual(shown(propertyChanges(old, next, {})), {
      "rules[0].days": "update",
      "rules[1]": "add",
      'tags["a.b"]': "add",
      "tags.gone": "delete",
    });
  });

  it("replaces at and below the paths of the type, and at what holds them", () => {
    const type = { replaceOn: ["bucket", "network.subnets", "rules.*.id"] };
    const old = {
      bucket: "a",
      network: { subnets: ["1"], open: true },
      rules: [{ id: "x", n: 1 }],
    };
    const next = {
      bucket: "b",
      network: { subnets: ["2"], open: false },
      rules: [{ id: "y", n: 2 }],
    };
    assert.deepEqual(shown(propertyChanges(old, next, type)), {
      bucket: "update-replace",
      "network.open": "update",
      "network.subnets[0]": "update-replace",
      "rules[0].id": "update-replace",
      "rules[0].n": "update",
    });
    assert.deepEqual(shown(propertyChanges(old, { ...old, network: null }, type)), {
      network: "delete-replace",
    });
  });

  it("sees a change in what is not known yet", () => {
    assert.deepEqual(shown(propertyChanges({ vpcId: "vpc-1" }, { vpcId: unknown }, {})), {
      vpcId: "update",
    });
  });

  it("ignores the order of a set, and says which items come and go", () => {
    const type = { sets: ["subnets"] };
    assert.deepEqual(propertyChanges({ subnets: ["a", "b"] }, { subnets: ["b", "a"] }, type), []);
    const changes = propertyChanges({ subnets: ["a", "b"] }, { subnets: ["b", "c", "d"] }, type);
    assert.deepEqual(shown(changes), {
      "subnets[0]": "delete",
      "subnets[1]": "add",
      "subnets[2]": "add",
    });
  });

  it("compares policies by their meaning", () => {
    const type = { documents: { policy: policyDocument } };
    const one =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["s3:GetObject"],"Resource":["b","a"]}]}';
    const same =
      '{ "Statement": { "Action": "s3:GetObject", "Resource": ["a", "b"], "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::123456789012:root"]} }, "Version": "2012-10-17" }';
    const other = one.replace("GetObject", "PutObject");
    assert.deepEqual(propertyChanges({ policy: one }, { policy: same }, type), []);
    assert.deepEqual(shown(propertyChanges({ policy: one }, { policy: other }, type)), {
      policy: "update",
    });
  });

  it("takes no account of the order of a container's environment", () => {
    const type = { documents: { containerDefinitions } };
    const text = (names: string[]) =>
      JSON.stringify([{ name: "w", environment: names.map((name) => ({ name, value: "1" })) }]);
    const [old, next] = [text(["A", "B"]), text(["B", "A"])];
    assert.deepEqual(
      propertyChanges({ containerDefinitions: old }, { containerDefinitions: next }, type),
      [],
    );
  });

  it("finds nothing between a value and itself, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
        (value) => {
          assert.deepEqual(
            propertyChanges(value as Props, structuredClone(value) as Props, {}),
            [],
          );
        },
      ),
    );
  });
});

describe("Inputs after a look at the cloud", () => {
  it("stay as the program wrote them while they mean the same", () => {
    const inputs = { policy: '{ "Statement": [] }', rule: { days: 7 }, delay: 0 };
    const live = {
      policy: '{"Statement":[]}',
      rule: { days: 7, enabled: false, tags: {} },
      delay: 0,
    };
    const type = { documents: { policy: policyDocument } };
    assert.deepEqual(reconcile(inputs, live, type), inputs);
  });

  it("take what the cloud has where it differs, and lose what is gone there", () => {
    const inputs = { days: 7, description: "mine", name: "n" };
    assert.deepEqual(reconcile(inputs, { days: 30, description: null }, {}), {
      days: 30,
      name: "n",
    });
  });

  it("change only where the cloud differs, deep inside too", () => {
    const inputs = { firewall: { action: "Deny", rules: [{ ip: "1" }, { ip: "2" }] } };
    const live = {
      firewall: { action: "Deny", rules: [{ ip: "3" }, { ip: "2", note: "" }], networks: [] },
    };
    assert.deepEqual(reconcile(inputs, live, { sets: ["firewall.rules"] }), {
      firewall: { action: "Deny", rules: [{ ip: "2" }, { ip: "3" }] },
    });
  });

  it("do not grow defaults that nobody set, but do show when somebody changed them", () => {
    const type = { defaults: { delay: 0, timeout: 30 } };
    assert.deepEqual(reconcile({}, { delay: 0, timeout: 30, tags: {} }, type), {});
    assert.deepEqual(reconcile({}, { delay: 5, timeout: 30 }, type), { delay: 5 });
  });
});
