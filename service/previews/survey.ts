import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import { isEngineOwn } from "../automation/engine-own.ts";
import type { ResourceCounts } from "../automation/events.ts";
import type { Fingerprint } from "../automation/fingerprint.ts";
import type { Redact } from "../automation/redact.ts";
import type { Seen } from "./watched.ts";
import type { PlannedResource } from "../../infra/planned.ts";
import type { PreviewStep } from "./schema.ts";
import { byDanger, isTold, sidesOf, stepOf } from "./steps.ts";
import { plainOf } from "./values.ts";

/** How many steps are kept; a preview of more is told by its counts. */
const mostSteps = 1_000;

export interface Surveyed {
  steps: PreviewStep[];
  counts: ResourceCounts;
  before: PlannedResource[];
  after: PlannedResource[];
  drift: { resources: number } | null;
  region: string | undefined;
}

/** Collects what the engine says while it previews, and makes a whole of it at the end. */
export class Survey {
  readonly #planned = new Map<string, StepEventMetadata>();
  readonly #seen = new Map<string, Seen>();
  /** What the engine looks at in the cloud; the outcome of the look comes under another name. */
  readonly #refreshing = new Set<string>();
  readonly #drifted: StepEventMetadata[] = [];
  #refreshed = false;

  /** A resource whose properties a hook saw. */
  see(resource: Seen): void {
    this.#seen.set(resource.urn, resource);
  }

  hear(event: EngineEvent): void {
    const outputs = event.resOutputsEvent?.metadata;
    if (outputs !== undefined) this.#look(outputs);
    const planned = event.resourcePreEvent?.metadata;
    if (planned?.op === "refresh") this.#refreshing.add(planned.urn);
    if (planned === undefined || planned.op === "refresh" || isHalf(planned.op)) return;
    if (!isEngineOwn(planned.type)) this.#planned.set(planned.urn, planned);
  }

  /** @param held - By URN, the properties that the stack holds, secrets hidden with their fingerprints. */
  tell(
    held: ReadonlyMap<string, unknown>,
    tools: { fingerprint: Fingerprint; redact: Redact },
  ): Surveyed {
    const all = [...this.#planned.values()].map((metadata) => {
      const seen = this.#seen.get(metadata.urn);
      const known = { before: seen?.before, held: held.get(metadata.urn), after: seen?.inputs };
      return { metadata, sides: sidesOf(metadata, known, tools.fingerprint) };
    });
    const steps = all
      .filter(({ metadata }) => isTold(metadata.op, metadata.type))
      .map(({ metadata, sides }) => stepOf(metadata, sides, tools))
      .sort(byDanger);
    return {
      steps: steps.slice(0, mostSteps),
      counts: tally(all.map(({ metadata }) => metadata.op)),
      before: all.flatMap(({ metadata, sides }) => resourceOf(metadata, sides.before)),
      after: all.flatMap(({ metadata, sides }) =>
        metadata.op === "delete" ? [] : resourceOf(metadata, sides.after),
      ),
      drift: this.#refreshed ? { resources: this.#drifted.length } : null,
      region: regionOf(all.map(({ metadata }) => metadata)),
    };
  }

  /** What is not as the stack holds it: `before` is what it holds, `after` what the cloud has. */
  drifted(tools: { fingerprint: Fingerprint; redact: Redact }): PreviewStep[] {
    return this.#drifted
      .map((metadata) => driftOf(metadata, tools))
      .sort(byDanger)
      .slice(0, mostSteps);
  }

  #look(metadata: StepEventMetadata): void {
    if (!this.#refreshing.delete(metadata.urn)) return;
    this.#refreshed = true;
    if (hasDrifted(metadata)) this.#drifted.push(metadata);
  }
}

function tally(ops: readonly string[]): ResourceCounts {
  const counts: ResourceCounts = {};
  for (const op of ops) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

function isHalf(op: string): boolean {
  return op === "create-replacement" || op === "delete-replaced";
}

function driftOf(
  metadata: StepEventMetadata,
  tools: { fingerprint: Fingerprint; redact: Redact },
): PreviewStep {
  const gone = (metadata.new ?? undefined) === undefined;
  const sides = sidesOf(metadata, {}, tools.fingerprint);
  return stepOf({ ...metadata, op: gone ? "delete" : "update" }, sides, tools);
}

/** A resource that is gone, or of which something is not as it was. */
export function hasDrifted(metadata: StepEventMetadata): boolean {
  if (isEngineOwn(metadata.type)) return false;
  if ((metadata.new ?? undefined) === undefined) return true;
  return Object.keys(metadata.detailedDiff ?? {}).length > 0 || (metadata.diffs ?? []).length > 0;
}

function resourceOf(metadata: StepEventMetadata, inputs: unknown): PlannedResource[] {
  if (inputs === undefined || metadata.op === "read") return [];
  const name = metadata.urn.slice(metadata.urn.lastIndexOf("::") + 2);
  const plain = plainOf(inputs) as Record<string, unknown>;
  return [{ urn: metadata.urn, type: metadata.type, name, inputs: plain }];
}

/** Where the stack's resources are, as the first that says so says. */
function regionOf(steps: readonly StepEventMetadata[]): string | undefined {
  for (const { new: next, old } of steps) {
    for (const side of [next?.outputs, next?.inputs, old?.outputs]) {
      const region = (side as Record<string, unknown> | undefined)?.["region"];
      if (typeof region === "string" && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) return region;
    }
  }
  return undefined;
}
