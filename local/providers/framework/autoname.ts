import { createHash } from "node:crypto";
import type { Props } from "../wire/values.ts";
import type { Autoname, Problem } from "./resource-type.ts";

export interface Naming {
  /** The resource's Pulumi name. */
  readonly name: string;
  /** The engine's seed: the same for the preview and the update that follows it. */
  readonly seed: Uint8Array;
  /** What the stack's `pulumi:autonaming` setting asks for. */
  readonly proposed?: { readonly mode: "propose" | "enforce" | "disable"; readonly name: string };
}

/** The inputs with a physical name: the program's, else the one it had, else a new one. */
export function withName(
  inputs: Props,
  old: Props,
  autoname: Autoname,
  naming: Naming,
): { readonly inputs: Props; readonly problems: Problem[] } {
  const { property } = autoname;
  if (isSet(inputs, property) || isSet(inputs, `${property}Prefix`))
    return { inputs, problems: [] };
  if (isSet(old, property))
    return { inputs: { ...inputs, [property]: old[property] ?? null }, problems: [] };
  if (naming.proposed?.mode === "disable") {
    const reason = `automatic naming is disabled, so "${property}" must be given`;
    return { inputs, problems: [{ property, reason }] };
  }
  const name = naming.proposed?.name ?? generate(inputs, autoname, naming);
  if (name.length <= autoname.maxLength)
    return { inputs: { ...inputs, [property]: name }, problems: [] };
  const reason = `the automatic name "${name}" is longer than ${autoname.maxLength} characters; give "${property}" or a shorter resource name`;
  return { inputs, problems: [{ property, reason }] };
}

function generate(inputs: Props, autoname: Autoname, naming: Naming): string {
  const prefix = autoname.shape?.(naming.name) ?? naming.name;
  const suffix = autoname.suffix?.(inputs) ?? "";
  const digits = autoname.random ?? 7;
  if (digits === 0) return prefix + suffix;
  const hash = createHash("sha256").update(naming.seed).update(naming.name).digest("hex");
  return `${prefix}${autoname.separator ?? "-"}${hash.slice(0, digits)}${suffix}`;
}

function isSet(props: Props, property: string): boolean {
  return props[property] !== undefined && props[property] !== null;
}
