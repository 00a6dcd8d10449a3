import { createHash } from "node:crypto";
import type { Fingerprint } from "../automation/fingerprint.ts";
import { withoutSecrets } from "./values.ts";

interface Exported {
  deployment?: { resources?: { urn: string; inputs?: unknown; delete?: boolean }[] | null } | null;
}

/** A stack's state as `pulumi stack export --show-secrets` tells it; undefined: there is no such stack. */
export class ExportedState {
  readonly #resources: { urn: string; inputs?: unknown; delete?: boolean }[];

  constructor(text: string | undefined) {
    const { deployment } = text === undefined ? {} : (JSON.parse(text) as Exported);
    this.#resources = deployment?.resources ?? [];
  }

  get isEmpty(): boolean {
    return this.#resources.length === 0;
  }

  /** Tells one state from another. Secrets are left out: a digest of one could be guessed. */
  digest(): string {
    const nothing = (): string => "";
    const open = withoutSecrets(this.#resources, nothing);
    return `sha256:${createHash("sha256").update(JSON.stringify(open)).digest("hex")}`;
  }

  /** By URN, what each resource was given; secrets are hidden, with fingerprints. */
  inputs(fingerprint: Fingerprint): Map<string, unknown> {
    return new Map(
      this.#resources
        .filter((resource) => resource.delete !== true)
        .map(({ urn, inputs }) => [urn, withoutSecrets(inputs, fingerprint)]),
    );
  }
}
