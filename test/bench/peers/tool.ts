import type { Command } from "../measure.ts";
import type { Rig } from "../rig.ts";
import type { Place } from "../stub/verify.ts";

export type Tuning = "default" | "tuned";

/** `far`, `wide`: small and large objects over a long way. */
export type Work = "small" | "far" | "large" | "wide" | "compare";

/** What a case asks of a tool; tuned settings may differ by it. */
export interface Job {
  readonly work: Work;
  readonly source: Place;
  readonly target: Place;
}

export interface Tool {
  readonly name: string;
  /** Installs it if need be; says why it cannot run here. */
  prepare(): { readonly version: string } | { readonly unavailable: string };
  command(job: Job, rig: Rig): Command;
}

/** A tool that could not be got says so instead of ending the whole benchmark. */
export function prepared(
  get: () => string,
): { readonly version: string } | { readonly unavailable: string } {
  try {
    return { version: get() };
  } catch (error) {
    const { message, stderr } = error as { message: string; stderr?: string | Buffer };
    return { unavailable: `${message}\n${stderr?.toString() ?? ""}`.trim().slice(0, 500) };
  }
}
