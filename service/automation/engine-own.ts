import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import type { ResourceCounts } from "./events.ts";

/** The stack itself and its providers, which no program declares for their own sake. */
export function isEngineOwn(type: string): boolean {
  return type.startsWith("pulumi:");
}

/** A provider that the engine made for those who name none: it says what becomes of it, but does not count it. */
const uncounted = /::pulumi:providers:[^:]+::default(_|$)/;

/** Takes what is the engine's own out of what it counts, so that a run's counts are those of its preview. */
export class EngineOwn {
  readonly #steps = new Map<string, string>();

  hear({ resourcePreEvent, resOutputsEvent }: EngineEvent): void {
    const metadata = (resourcePreEvent ?? resOutputsEvent)?.metadata;
    if (metadata === undefined || !isEngineOwn(metadata.type)) return;
    if (uncounted.test(metadata.urn)) return;
    // What it looks at counts as what it finds: nothing ever changes on a stack or a provider by itself.
    this.#steps.set(metadata.urn, metadata.op === "refresh" ? "same" : metadata.op);
  }

  without(counts: ResourceCounts): ResourceCounts {
    const left = { ...counts };
    for (const op of this.#steps.values()) if (left[op] !== undefined) left[op] -= 1;
    return Object.fromEntries(Object.entries(left).filter(([, count]) => count > 0));
  }
}
