import type { Preview } from "../../service/previews/schema.ts";

/** What a pull request does to one pipeline, as far as it could be found out. */
export type Outcome =
  | { readonly kind: "preview"; readonly preview: Preview }
  /** The spec is wrong, or the service says that it cannot be. */
  | { readonly kind: "refused"; readonly title: string; readonly problems: readonly Refusal[] }
  /** The file is gone; what stands is deleted when the pull request is merged. */
  | { readonly kind: "deletion"; readonly standing: Standing }
  /** The file is gone, and no such pipeline is there. */
  | { readonly kind: "absent" }
  /** Not the author's fault: the service could not say. */
  | { readonly kind: "unknown"; readonly detail: string };

export interface Refusal {
  /** `line 4, column 12`, `/spec/source/bucket`, or nothing. */
  readonly where: string;
  readonly detail: string;
}

/** A pipeline that would be deleted. */
export interface Standing {
  readonly generation: number;
  /** How many resources its stack has; null where that is not known. */
  readonly resources: number | null;
  /** What it has built, by name: buckets, containers. */
  readonly built: readonly (readonly [string, string])[];
}

export interface Entry {
  readonly tenant: string;
  readonly pipeline: string;
  readonly file: string;
  readonly change: "added" | "changed" | "deleted";
  /** Where git sees a rename: the earlier name of an added file, the later one of a deleted file. Two pipelines, since a pipeline cannot change its name. */
  readonly renamed: string | undefined;
  /** SHA-256 of the file's bytes; empty for a deleted one. */
  readonly fileDigest: string;
  readonly outcome: Outcome;
}

/** The program itself has changed: what that does to the pipelines that stand. */
export interface ProgramChange {
  /** The first files of it that changed, and how many there are. */
  readonly files: readonly string[];
  readonly count: number;
  readonly blast: Blast;
}

export type Blast =
  | {
      readonly kind: "known";
      /** Pipelines looked at, and how many there are. */
      readonly looked: number;
      readonly of: number;
      readonly unchanged: number;
      readonly updated: number;
      readonly replaced: number;
      readonly failed: number;
      /** The worst, first. */
      readonly worst: readonly { readonly pipeline: string; readonly summary: string }[];
      readonly page: string;
    }
  | { readonly kind: "unknown"; readonly detail: string };

export interface PullReport {
  /** The head commit, in full. */
  readonly commit: string;
  /** The service's address, for links. */
  readonly service: string;
  readonly entries: readonly Entry[];
  readonly program: ProgramChange | undefined;
}

/** From the worst to the best; a commit status has these words. */
export type Verdict = "error" | "failure" | "success";

export function verdictOf(report: PullReport): Verdict {
  const all = report.entries.map(({ outcome }) => verdictOn(outcome));
  const program = report.program?.blast;
  if (all.includes("failure") || (program?.kind === "known" && program.failed > 0)) {
    return "failure";
  }
  return all.includes("error") || program?.kind === "unknown" ? "error" : "success";
}

export function verdictOn(outcome: Outcome): Verdict {
  switch (outcome.kind) {
    case "refused":
      return "failure";
    case "unknown":
      return "error";
    case "preview": {
      const { state, policy } = outcome.preview;
      if (state === "failed" || policy?.passed === false) return "failure";
      return state === "ready" || state === "applied" ? "success" : "error";
    }
    default:
      return "success";
  }
}

/** How much harm an entry could do, for the order that people read in. */
export function danger({ outcome }: Entry): number {
  if (verdictOn(outcome) !== "success") return 1_000_000;
  if (outcome.kind === "deletion") return 100_000 + (outcome.standing.resources ?? 0);
  if (outcome.kind !== "preview") return 0;
  const { replace = 0, delete: deleted = 0, update = 0, create = 0 } = outcome.preview.counts;
  return 1000 * (replace + deleted) + update + create / 1000;
}
