import { compileScope } from "../../runtime/decide/filter.ts";
import { mappingOf } from "../../runtime/decide/mapping.ts";
import type { Policy } from "../../runtime/decide/policy.ts";
import type { PlacedTarget } from "../../runtime/copy/work.ts";
import type { Source, SourceSide } from "../../runtime/stores/contract.ts";
import { parseAddress, showAddress, type Address } from "../address/address.ts";
import { isUnclear, place, select, type Placement, type Selection } from "../address/selection.ts";
import type { CommonOptions } from "../options.ts";
import type { Clouds } from "./clouds.ts";
import { withTier } from "./tier.ts";

/** Copies by hand share a name as a writer, so that `--mirror` deletes what any of them wrote, and nothing else. */
export const WRITER = "cli/copy";

/** Both sides, opened, and what is meant of them. */
export interface Task {
  readonly source: Source;
  readonly sourceLabel: string;
  readonly targetLabel: string;
  readonly selection: Selection;
  readonly placement: Placement;
  readonly target: PlacedTarget;
  readonly policy: Policy;
  /** Where the selection is one object: as it was seen. */
  readonly object: SourceSide | undefined;
}

export interface TaskOptions extends Pick<CommonOptions, "filter" | "trust"> {
  readonly mirror?: boolean;
  readonly restoreDays?: number | undefined;
  readonly tags?: boolean;
  readonly tier?: string;
}

/** Opens both sides; looks at the source only where its path may be an object or a folder. */
export async function openTask(
  from: string,
  to: string,
  options: TaskOptions,
  clouds: Clouds,
  signal: AbortSignal,
): Promise<Task> {
  const [sourceAddress, targetAddress] = [parseAddress(from), parseAddress(to)];
  const [source, store] = await Promise.all([
    clouds.source(sourceAddress),
    clouds.target(targetAddress),
  ]);
  const unclear = isUnclear(sourceAddress.path);
  const object = unclear ? await source.look(sourceAddress.path, signal) : undefined;
  const selection = select(sourceAddress.path, object?.state === "present");
  const placement = place(selection, targetAddress.path);
  const { tier = "map" } = options;
  const mapping = mappingOf(store.kind, {
    ...placement,
    writer: WRITER,
    tiers: tier === "map" ? "map" : "default",
  });
  return {
    source,
    sourceLabel: showAddress(sourceAddress),
    targetLabel: labelOf(store.label, targetAddress),
    selection,
    placement,
    target: {
      name: store.label,
      prefix: placement.prefix,
      store,
      mapping: tier === "map" || tier === "default" ? mapping : withTier(mapping, tier),
    },
    policy: policyOf(selection, options),
    object: selection.of === "object" ? object : undefined,
  };
}

function policyOf(selection: Selection, options: TaskOptions): Policy {
  const { filter, trust, mirror = false, restoreDays, tags = false } = options;
  const { include, exclude, minSize, maxSize, newerThan, olderThan } = filter;
  const scope = compileScope(selection.of === "tree" ? selection.prefix : selection.key, {
    include: [...include],
    exclude: [...exclude],
    ...(minSize === undefined ? {} : { minSize }),
    ...(maxSize === undefined ? {} : { maxSize }),
  });
  return {
    scope: { ...scope, newerThan, olderThan },
    deletes: mirror ? "mirror" : "ignore",
    deletions: "scans",
    writer: WRITER,
    trust,
    tags: tags ? "copy" : "ignore",
    archived:
      restoreDays === undefined
        ? { do: "hold" }
        : { do: "restore", days: restoreDays, tier: "standard" },
  };
}

function labelOf(label: string, { path }: Address): string {
  return path === "" ? label : `${label}/${path}`;
}
