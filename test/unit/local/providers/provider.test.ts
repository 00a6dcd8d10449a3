import assert from "node:assert/strict";
import { Provider } from "../../../../local/providers/framework/provider.ts";
import type { ResourceType } from "../../../../local/providers/framework/resource-type.ts";
import { PartialResource } from "../../../../local/providers/wire/errors.ts";
import { Secret, unknown, type Props } from "../../../../local/providers/wire/values.ts";

const token = "test:index:Thing";
const schema = {
  name: "test",
  version: "1.0.0",
  resources: {
    [token]: {
      inputs: { name: "string", size: "number", note: "string", later: "string" },
      outputs: ["arn", "name", "note", "size", "version"],
    },
  },
  types: {},
};

/** A thing in a cloud of one. */
function world(change: Partial<ResourceType<null>> = {}) {
  const cloud = { thing: undefined as Props | undefined, version: 0 };
  const type: ResourceType<null> = {
    token,
    supports: ["name", "size", "note"],
    defaults: { size: 1 },
    replaceOn: ["name"],
    recomputed: ["version"],
    create: (inputs) => {
      cloud.thing = inputs;
      return "id-1";
    },
    settle: (_id, inputs) => {
      cloud.thing = inputs;
      cloud.version += 1;
    },
    read: () =>
      cloud.thing && { inputs: cloud.thing, outputs: { arn: "arn:1", version: cloud.version } },
    delete: () => {
      cloud.thing = undefined;
    },
    ...change,
  };
  const provider = new Provider<null>({
    schema,
    types: [type],
    functions: [],
    configure: () => null,
  });
  return { cloud, provider };
}

const naming = { name: "thing", seed: new Uint8Array(1) };

describe("A provider", () => {
  it("previews a create with what is known and unknowns for what the cloud decides", async () => {
    const { cloud, provider } = world();
    const { id, state } = await provider.create(token, { name: "a", size: 2 }, true, null);
    assert.equal(id, "");
    assert.deepEqual(state, { name: "a", size: 2, arn: unknown, note: unknown, version: unknown });
    assert.equal(cloud.thing, undefined);
  });

  it("previews an update with what stays, and unknowns for what the update recomputes", async () => {
    const { provider } = world();
    const old = {
      inputs: { name: "a", note: "x" },
      state: { name: "a", note: "x", arn: "arn:1", version: 3 },
    };
    const state = await provider.update(token, "id-1", old, { name: "a", size: 2 }, true, null);
    assert.deepEqual(state, { name: "a", size: 2, arn: "arn:1", version: unknown });
  });

  it("keeps secret inputs secret in the state, and through a refresh", async () => {
    const { provider } = world();
    const inputs = { name: "a", note: new Secret("hush") };
    const { state } = await provider.create(token, inputs, false, null);
    assert.deepEqual(state["note"], new Secret("hush"));
    const read = await provider.read(token, "id-1", { inputs, state }, null);
    assert.deepEqual(read?.inputs["note"], new Secret("hush"));
  });

  it("keeps a secret secret when somebody changed it in the cloud", async () => {
    const { cloud, provider } = world();
    const inputs = { name: "a", note: new Secret("hush") };
    const { state } = await provider.create(token, inputs, false, null);
    cloud.thing = { name: "a", note: "drifted" };
    const read = await provider.read(token, "id-1", { inputs, state }, null);
    assert.deepEqual(read?.inputs["note"], new Secret("drifted"));
  });

  it("does not hide a resource that was made but not set up", async () => {
    const { provider } = world({
      settle: () => {
        throw Object.assign(new Error("no tags for you"), { name: "AccessDenied" });
      },
    });
    await assert.rejects(provider.create(token, { name: "a" }, false, null), (error: unknown) => {
      assert.ok(error instanceof PartialResource);
      assert.equal(error.id, "id-1");
      assert.match(error.message, /setting up test:index:Thing \(id-1\): AccessDenied: no tags/);
      return true;
    });
  });

  it("fails a create as a whole when nothing was made", async () => {
    const { provider } = world({
      create: () => {
        throw new Error("quota");
      },
    });
    await assert.rejects(provider.create(token, { name: "a" }, false, null), (error: unknown) => {
      assert.ok(!(error instanceof PartialResource));
      assert.match(String(error), /creating test:index:Thing: quota/);
      return true;
    });
  });

  it("refuses a legal input that the local clouds would ignore", async () => {
    const { provider } = world();
    const { problems } = await provider.check(token, {}, { later: "x" }, naming, null);
    assert.deepEqual(
      problems.map(({ property }) => property),
      ["later"],
    );
  });

  it("fills in defaults at the check, so that they show", async () => {
    const { provider } = world();
    const checked = await provider.check(token, {}, { name: "a" }, naming, null);
    assert.deepEqual(checked.inputs, { name: "a", size: 1 });
  });

  it("deletes before it replaces only where the new name would be the old one's", () => {
    const { provider } = world({
      autoname: { property: "name", maxLength: 9 },
      replaceOn: ["size", "name"],
    });
    const old = { name: "a", size: 1 };
    assert.equal(provider.diff(token, old, { name: "a", size: 2 }).deleteBeforeReplace, true);
    assert.equal(provider.diff(token, old, { name: "b", size: 2 }).deleteBeforeReplace, false);
  });

  it("names a type that it does not have", async () => {
    const { provider } = world();
    await assert.rejects(
      provider.check("test:index:Other", {}, {}, naming, null),
      /test:index:Other is not in the embedded clouds yet/,
    );
  });
});
