import type {
  DiagnosticEvent,
  EngineEvent,
  PolicyEvent,
  StepEventMetadata,
} from "@pulumi/pulumi/automation/events.js";
import { atPath } from "./property-path.ts";
import { isMarked } from "./secret-mark.ts";
import { clip, MASK, type Redact, type Redactor } from "./redact.ts";

/** Steps by kind: `{ create: 12, same: 3 }`. */
export type ResourceCounts = Record<string, number>;

/** One property that a step changes. Values are JSON, cut to a length; secrets read `[secret]`. */
export interface PropertyChange {
  path: string;
  kind: string;
  before: string | null;
  after: string | null;
}

/** What the engine reported, in our words. `at` is ISO 8601. */
export type OperationEvent =
  | {
      kind: "resource";
      at: string;
      urn: string;
      type: string;
      name: string;
      /** create, update, delete, replace, create-replacement, delete-replaced, read, refresh ... */
      op: string;
      status: "planned" | "started" | "done" | "failed";
      changes: PropertyChange[];
    }
  | {
      kind: "diagnostic";
      at: string;
      urn: string | null;
      severity: "info" | "warning" | "error";
      message: string;
    }
  | { kind: "summary"; at: string; counts: ResourceCounts };

const valueLength = 200;
/** How much of what two long values have in common is shown before they part. */
const lead = 40;
const messageLength = 8_000;
const changesPerStep = 50;

/**
 * Turns an engine event into ours, or undefined when it says nothing that people need: config (may hold secrets),
 * unchanged resources (counted by the summary), progress lines.
 */
export function fromEngine(event: EngineEvent, redact: Redactor): OperationEvent | undefined {
  const at = new Date(event.timestamp * 1000).toISOString();
  if (event.resourcePreEvent) {
    const { metadata, planning } = event.resourcePreEvent;
    return step(metadata, planning === true ? "planned" : "started", at, redact);
  }
  if (event.resOutputsEvent) {
    if (event.resOutputsEvent.planning === true) return undefined;
    return step(event.resOutputsEvent.metadata, "done", at, redact);
  }
  if (event.resOpFailedEvent) return step(event.resOpFailedEvent.metadata, "failed", at, redact);
  if (event.diagnosticEvent) return diagnostic(event.diagnosticEvent, at, redact);
  if (event.policyEvent) return policy(event.policyEvent, at, redact);
  if (event.summaryEvent) {
    const counts = event.summaryEvent.resourceChanges as ResourceCounts | undefined;
    return { kind: "summary", at, counts: counts ?? {} };
  }
  return undefined;
}

function diagnostic(
  event: DiagnosticEvent,
  at: string,
  redact: Redact,
): OperationEvent | undefined {
  const text = withoutPlanValues(plain(event.message).trim());
  // The engine sends "debug" too when asked to be verbose, which its types leave out.
  if (event.ephemeral === true || text === "" || (event.severity as string) === "debug")
    return undefined;
  return {
    kind: "diagnostic",
    at,
    urn: event.urn === undefined || event.urn === "" ? null : event.urn,
    severity: event.severity === "info#err" ? "info" : event.severity,
    message: clip(redact(text), messageLength),
  };
}

function policy(event: PolicyEvent, at: string, redact: Redact): OperationEvent {
  return {
    kind: "diagnostic",
    at,
    urn: event.resourceUrn ?? null,
    severity: event.enforcementLevel === "mandatory" ? "error" : "warning",
    message: clip(redact(`${event.policyName}: ${plain(event.message).trim()}`), messageLength),
  };
}

function step(
  metadata: StepEventMetadata,
  status: "planned" | "started" | "done" | "failed",
  at: string,
  redact: Redactor,
): OperationEvent | undefined {
  if (metadata.op === "same") return undefined;
  return {
    kind: "resource",
    at,
    urn: metadata.urn,
    type: metadata.type,
    name: metadata.urn.slice(metadata.urn.lastIndexOf("::") + 2),
    op: metadata.op,
    status,
    // The plan or the start says what changes; the end of the same step would only repeat it.
    changes: status === "planned" || status === "started" ? changesOf(metadata, redact) : [],
  };
}

/** The property-level difference of a step, bounded in number and length. */
export function changesOf(metadata: StepEventMetadata, redact: Redactor): PropertyChange[] {
  const before = metadata.old?.inputs as unknown;
  const after = metadata.new?.inputs as unknown;
  const detailed: Record<string, { diffKind: string }> =
    metadata.detailedDiff ??
    Object.fromEntries((metadata.diffs ?? []).map((path) => [path, { diffKind: "update" }]));
  return Object.entries(detailed)
    .slice(0, changesPerStep)
    .map(([path, { diffKind }]) => ({
      path,
      kind: diffKind,
      ...showPair(...valuesAt(path, before, after, redact)),
    }));
}

/**
 * What a property was and becomes, as texts. One that is secret on one side hides the other as well, and that is a secret from then on: a
 * value that becomes secret was shown by the engine as it had been (pulumi/pulumi#9330).
 */
function valuesAt(
  path: string,
  before: unknown,
  after: unknown,
  redact: Redactor,
): [before: string | null, after: string | null] {
  const values = [atPath(before, path), atPath(after, path)] as const;
  const within = isSecretAt(before, path) || isSecretAt(after, path);
  const [one, other] = within ? hideBoth(...values, redact) : hidePair(...values, redact);
  return [text(one, redact), text(other, redact)];
}

/** Wherever one of two values holds a secret, the other does not show what it has there. */
function hidePair(one: unknown, other: unknown, redact: Redactor): [unknown, unknown] {
  if (holdsMask(one) || holdsMask(other)) return hideBoth(one, other, redact);
  if (!isObject(one) && !isObject(other)) return [one, other];
  const [left, right] = [isObject(one) ? one : {}, isObject(other) ? other : {}];
  const pairs = [...new Set([...Object.keys(left), ...Object.keys(right)])].map(
    (key) => [key, hidePair(left[key], right[key], redact)] as const,
  );
  const side = (value: unknown, at: 0 | 1): unknown => {
    if (!isObject(value)) return value;
    const shown = pairs.filter(([key]) => Object.hasOwn(value, key));
    return Array.isArray(value)
      ? shown.map(([, pair]) => pair[at])
      : Object.fromEntries(shown.map(([key, pair]) => [key, pair[at]]));
  };
  return [side(one, 0), side(other, 1)];
}

function hideBoth(one: unknown, other: unknown, redact: Redactor): [unknown, unknown] {
  redact.learn([one, other].filter((value) => !holdsMask(value)));
  const hidden = (value: unknown) => (value === undefined ? undefined : MASK);
  return [hidden(one), hidden(other)];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Whether the property or something that holds it is secret. */
function isSecretAt(value: unknown, path: string): boolean {
  const steps = [...path.matchAll(/\["(?:[^"\\]|\\.)*"\]|\[\d+\]|[^.[\]]+/g)];
  return [...steps.map(({ index }) => index), path.length].some((end) =>
    holdsMask(end === 0 ? value : atPath(value, path.slice(0, end))),
  );
}

/** The engine writes either where a secret is: the mask, or the mark of a secret with the mask in place of its text. */
function holdsMask(value: unknown): boolean {
  return value === MASK || isMarked(value);
}

/** Two values next to each other, cut so that what differs is in sight. */
export function showPair(
  before: string | null,
  after: string | null,
): Pick<PropertyChange, "before" | "after"> {
  const [one, other] = [before ?? "", after ?? ""];
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  const from = Math.max(one.length, other.length) > valueLength ? Math.max(0, same - lead) : 0;
  const cut = (value: string | null): string | null =>
    value === null ? null : clip((from === 0 ? "" : "…") + value.slice(from), valueLength);
  return { before: cut(before), after: cut(after) };
}

function text(value: unknown, redact: Redact): string | null {
  return value === undefined ? null : redact(JSON.stringify(value));
}

/**
 * Where a run leaves its plan, the engine quotes both values, secret or not: `properties changed: ~~value[{&{{old}}}!={&{{new}}}]`.
 * Only the first property's name stays.
 */
export function withoutPlanValues(text: string): string {
  // To the end: a value may hold anything, line breaks too.
  return text.replace(
    /(violates plan: properties changed: [-+~=]{2}[^[\s]*)\[.*$/s,
    "$1 (values are not shown)",
  );
}

/** The engine writes colours as `<{%fg 1%}>`, and passes on what programs print with ANSI escapes. */
export function plain(text: string): string {
  return text.replaceAll(/<\{%.*?%\}>/g, "").replaceAll(/\u001B\[[0-9;]*m/g, "");
}
