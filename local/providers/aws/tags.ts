import { textMap } from "../framework/access.ts";
import type { Live } from "../framework/resource-type.ts";
import type { ResourceSchema } from "../schema/schema.ts";
import { containsSecret, containsUnknown, isRecord, Secret, unknown } from "../wire/values.ts";
import type { Props, Value } from "../wire/values.ts";
import type { AwsScope } from "./scope.ts";

/** Checked inputs with `tagsAll`, as the provider computes it: default tags under the program's own. */
export function withTagsAll(inputs: Props, schema: ResourceSchema, scope: AwsScope): Props {
  if (!schema.outputs.includes("tagsAll")) return inputs;
  const merged = merge(inputs["tags"], scope.defaultTags);
  return isRecord(merged) && Object.keys(merged).length === 0
    ? inputs
    : { ...inputs, tagsAll: merged };
}

function merge(tags: Value | undefined, defaults: Readonly<Record<string, string>>): Value {
  if (tags === undefined || tags === null) return { ...defaults };
  if (tags instanceof Secret) return new Secret(merge(tags.value, defaults));
  if (isRecord(tags)) return { ...defaults, ...tags };
  return containsUnknown(tags) && !containsSecret(tags) ? unknown : tags;
}

/** Live tags told apart: all of them, and those that did not come from the provider's defaults. */
export function separateTags(live: Live, inputs: Props, scope: AwsScope): Live {
  if (!isRecord(live.inputs["tags"])) return live;
  const all = Object.fromEntries(
    Object.entries(textMap(live.inputs, "tags")).filter(([key]) => !key.startsWith("aws:")),
  );
  const own = isRecord(inputs["tags"]) ? inputs["tags"] : {};
  const tags = Object.fromEntries(
    Object.entries(all).filter(([key, value]) => key in own || scope.defaultTags[key] !== value),
  );
  return { ...live, inputs: { ...live.inputs, tags, tagsAll: all } };
}
