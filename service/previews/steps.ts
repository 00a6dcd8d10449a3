import type { StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import { isEngineOwn } from "../automation/engine-own.ts";
import { showPair } from "../automation/events.ts";
import type { Fingerprint } from "../automation/fingerprint.ts";
import type { Redact } from "../automation/redact.ts";
import { documentDiff } from "./documents.ts";
import type { PreviewChange, PreviewStep } from "./schema.ts";
import { Hidden, holdsSecret, textOfValue, valueAt, withoutSecrets } from "./values.ts";

/** A resource's properties before and after a step, secrets hidden. */
export interface Sides {
  before: unknown;
  after: unknown;
  /** What the cloud says of it, beyond what the program asked for: before, and after a look at it. */
  outputs?: { before: unknown; after: unknown };
}

const mostChanges = 100;

/** A replacement is told once, not also as its two halves; reads and what stays are no changes. */
const told = new Set(["create", "update", "delete", "replace", "import", "import-replacement"]);

/** Whether a planned step is one that people want to see. */
export function isTold(op: string, type: string): boolean {
  return told.has(op) && !isEngineOwn(type);
}

const dangers = ["replace", "import-replacement", "delete", "update", "import", "create"];

/** The dangerous first, and always in the same order. */
export function byDanger(a: PreviewStep, b: PreviewStep): number {
  return dangers.indexOf(a.op) - dangers.indexOf(b.op) || (a.urn < b.urn ? -1 : 1);
}

/** A planned step with the properties that it changes, and those that force a replacement. */
export function stepOf(
  metadata: StepEventMetadata,
  sides: Sides,
  { fingerprint, redact }: { fingerprint: Fingerprint; redact: Redact },
): PreviewStep {
  const diff = diffOf(metadata, sides);
  const why = new Set([
    ...diff.filter(({ kind }) => kind.endsWith("-replace")).map(({ path }) => path),
    ...((metadata as { keys?: string[] }).keys ?? []),
  ]);
  return {
    op: metadata.op,
    urn: metadata.urn,
    type: metadata.type,
    name: metadata.urn.slice(metadata.urn.lastIndexOf("::") + 2),
    why: metadata.op.includes("replace") ? [...why] : [],
    changes: diff
      .flatMap((one) => changesOf(one, sides, fingerprint, redact))
      .slice(0, mostChanges),
  };
}

interface Difference {
  path: string;
  kind: string;
  /** Between what was asked for before and is now; else between what the cloud has and what is asked for. */
  inputs: boolean;
}

function diffOf(metadata: StepEventMetadata, { after }: Sides): Difference[] {
  if (metadata.op === "delete") return [];
  const detailed = metadata.detailedDiff ?? undefined;
  if (detailed !== undefined && Object.keys(detailed).length > 0) {
    return Object.entries(detailed).map(([path, { diffKind, inputDiff }]) => ({
      path,
      kind: diffKind,
      inputs: inputDiff,
    }));
  }
  const paths = metadata.diffs ?? [];
  if (paths.length > 0) return paths.map((path) => ({ path, kind: "update", inputs: true }));
  if (metadata.op !== "create" || typeof after !== "object" || after === null) return [];
  return Object.keys(after).map((path) => ({ path: quoted(path), kind: "add", inputs: true }));
}

function quoted(name: string): string {
  return /^[^.[\]"]+$/.test(name) ? name : `[${JSON.stringify(name)}]`;
}

function changesOf(
  { path, kind, inputs }: Difference,
  sides: Sides,
  fingerprint: Fingerprint,
  redact: Redact,
): PreviewChange[] {
  const asked = valueAt(sides.before, path);
  const before = inputs ? asked : (valueAt(sides.outputs?.before, path) ?? asked);
  const wanted =
    valueAt(sides.after, path) ?? (inputs ? undefined : valueAt(sides.outputs?.after, path));
  const after = kind.startsWith("delete") ? undefined : wanted;
  const secret = holdsSecret(before) || holdsSecret(after);
  // A value that becomes secret was one already (pulumi/pulumi#9330).
  const show = (value: unknown): string | null => {
    const text = textOfValue(secret ? hidden(value, fingerprint) : value);
    return text === null ? null : redact(text);
  };
  const within = secret ? undefined : documentDiff(before, after);
  const parts = within ?? [{ path: "", before, after }];
  return parts.map((part) => ({
    path: path + part.path,
    kind,
    ...showPair(show(part.before), show(part.after)),
    secret,
  }));
}

/** The whole value hidden where a part of it is not: objects keep their shape, leaves are fingerprints. */
function hidden(value: unknown, fingerprint: Fingerprint): unknown {
  if (value === undefined || value instanceof Hidden) return value;
  if (value === null || typeof value !== "object") return new Hidden(fingerprint(value));
  if (Array.isArray(value)) return value.map((part) => hidden(part, fingerprint));
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, hidden(part, fingerprint)]),
  );
}

/**
 * What a step's event says of both sides. It says of secrets only that they are; hooks (`before`, `after`) and the state (`held`) know
 * more, but the state is older than what was refreshed meanwhile.
 */
export function sidesOf(
  metadata: StepEventMetadata,
  known: { before?: unknown; held?: unknown; after?: unknown },
  fingerprint: Fingerprint,
): Sides {
  const of = (value: unknown): unknown => withoutSecrets(value ?? undefined, fingerprint);
  const told = of(metadata.old?.inputs);
  return {
    before: known.before ?? (holdsSecret(told) ? (known.held ?? told) : told),
    after: known.after ?? of(metadata.new?.inputs),
    outputs: { before: of(metadata.old?.outputs), after: of(metadata.new?.outputs) },
  };
}
