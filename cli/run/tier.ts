import type { Mapping } from "../../runtime/decide/mapping.ts";

/** The same mapping, with one tier or storage class for all objects. */
export function withTier(mapping: Mapping, tier: string): Mapping {
  return {
    kind: mapping.kind,
    name: (key) => mapping.name(key),
    key: (name) => mapping.key(name),
    properties: (source, tags) => {
      const mapped = mapping.properties(source, tags);
      return mapped.ok ? { ...mapped, properties: { ...mapped.properties, tier } } : mapped;
    },
  };
}
