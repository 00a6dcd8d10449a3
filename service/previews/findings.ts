import type { ResourceCounts } from "../automation/events.ts";
import type { Limits } from "./judge.ts";
import type { PreviewCost, PreviewPolicy, PreviewStep } from "./schema.ts";

/** What a preview found out, as it is shown. */
export interface PreviewResult {
  counts: ResourceCounts;
  steps: PreviewStep[];
  cost: PreviewCost;
  policy: PreviewPolicy;
  /** null: the clouds were not looked at. */
  drift: { resources: number } | null;
}

/** How a stack's secrets are encrypted, as its settings file says; no secret itself. */
export interface StackSecrets {
  secretsProvider?: string;
  encryptedKey?: string;
  encryptionSalt?: string;
}

/** What it takes to do exactly what was approved, and to see that the world has not moved. */
export interface Approval {
  /**
   * The engine's update plan, gzip in base64. Secrets in it are encrypted by the stack's secrets provider, as they are in the
   * state: the engine sees to it, and a test looks.
   */
  plan: string;
  secrets: StackSecrets;
  /** sha256:… of the program that was run. */
  program: string;
  /** A keyed digest of the stack's state. */
  state: string;
  /** Fingerprints of the secrets that it sets: `URN path secret sha256:…`. */
  fingerprints: string[];
}

/** What an engine run is held to, and what it needs to tell what it found. */
export interface Oversight {
  limits: Limits;
  /** Hexadecimal; of this stack. */
  fingerprintKey: string;
  /** For an `up`: only this may be done. */
  approved?: Approval & { digest: string };
}

/** What an engine run found out. */
export interface Findings {
  /** Of a preview. */
  preview: { result: PreviewResult; approval: Approval; digest: string } | null;
  /** Resources that are not as the stack holds them, of a look for drift; `before` is what it holds. */
  drift: PreviewStep[] | null;
  /** What the stack costs at rest from now on, of an `up`. */
  monthlyUsd: number | null;
}
