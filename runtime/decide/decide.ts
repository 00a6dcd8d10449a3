import type { Expecting, SourceSide, TargetSide } from "../stores/contract.ts";
import type { TargetName } from "./names.ts";
import { inScope, sizeInScope, type Scope } from "./filter.ts";

export interface Policy {
  readonly scope: Scope;
  readonly deletes: "ignore" | "mirror";
  /** Who writes: `tenant/pipeline`. Only what it wrote itself is deleted. */
  readonly writer: string;
}

export type Decision =
  | { readonly do: "copy"; readonly expecting: Expecting }
  | { readonly do: "delete"; readonly expecting: Expecting }
  | { readonly do: "unchanged"; readonly reason: string }
  | { readonly do: "skip"; readonly reason: string }
  | { readonly do: "hold"; readonly class: string; readonly reason: string }
  | { readonly do: "refuse"; readonly class: string; readonly reason: string };

/** What can be said of a key before either side is looked at; undefined: look. */
export function decideByName(key: string, name: TargetName, policy: Policy): Decision | undefined {
  const scope = inScope(key, policy.scope);
  if (!scope.in) return skip(scope.reason);
  if (!name.ok) return { do: "refuse", class: name.class, reason: name.reason };
  return undefined;
}

/** Decides what one key needs. Pure: the same sides and policy always give the same decision. */
export function decide(source: SourceSide, target: TargetSide, policy: Policy): Decision {
  if (source.state === "absent") return decideAbsent(target, policy);
  const { object } = source;
  const size = sizeInScope(object.size, policy.scope);
  if (!size.in) return skip(size.reason);
  if (target.state === "present" && holds(target, source)) {
    return { do: "unchanged", reason: "the target holds this version" };
  }
  if (target.state === "present" && sameContent(target, source)) {
    return { do: "unchanged", reason: "the target holds the same bytes, by size and MD5" };
  }
  if (object.archived !== undefined) {
    return { do: "hold", class: "Archived", reason: `archived in ${object.archived}: restore it` };
  }
  return { do: "copy", expecting: expecting(target) };
}

function decideAbsent(target: TargetSide, policy: Policy): Decision {
  if (target.state === "absent") return skip("absent on both sides");
  if (policy.deletes === "ignore") return skip("deletes are ignored");
  if (target.marks?.writer !== policy.writer) {
    return skip("deleted at the source; the target was not written by this pipeline");
  }
  return { do: "delete", expecting: expecting(target) };
}

/** The target carries the marks of a copy of exactly this object. A new Last-Modified alone means new metadata. */
function holds(
  target: TargetSide & { state: "present" },
  source: SourceSide & { state: "present" },
): boolean {
  const { marks } = target;
  const { object } = source;
  return (
    marks !== undefined &&
    marks.pin === object.pin.text &&
    marks.modified === object.modified &&
    marks.size === object.size &&
    target.size === object.size
  );
}

/** The target was written by something else, but both sides keep an MD5 of the same bytes. */
function sameContent(
  target: TargetSide & { state: "present" },
  source: SourceSide & { state: "present" },
): boolean {
  const { md5, size } = source.object;
  if (target.marks !== undefined || md5 === undefined || target.md5 === undefined) return false;
  return target.size === size && md5.equals(target.md5);
}

function expecting(target: TargetSide): Expecting {
  return target.state === "absent" ? { state: "absent" } : { state: "etag", etag: target.etag };
}

function skip(reason: string): Decision {
  return { do: "skip", reason };
}
