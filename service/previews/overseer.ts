import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { parse } from "yaml";
import { estimate } from "../../infra/cost/estimate.ts";
import { fingerprints } from "../automation/fingerprint.ts";
import type { Redact } from "../automation/redact.ts";
import type { OperationFailure, OperationRequest } from "../automation/request.ts";
import type { ExportedState } from "./exported.ts";
import type { Approval, Findings, Oversight, StackSecrets } from "./findings.ts";
import { costOf, policyOf } from "./judge.ts";
import { digestOf, packed, unpacked } from "./plan.ts";
import { programDigest } from "./program-digest.ts";
import { outdated, refused, tampered } from "./refusal.ts";
import { Survey, type Surveyed } from "./survey.ts";
import { plainOf } from "./values.ts";
import { watched, type Declared, type Seen } from "./watched.ts";

/** Stands beside an engine run: keeps it to what the rules and the approval allow, and tells what it found. */
export class Overseer {
  readonly #request: OperationRequest;
  readonly #oversight: Oversight;
  readonly #region: string;
  readonly #survey = new Survey();
  readonly #declared: Declared[] = [];
  /** Why the run was stopped, when it was stopped here. */
  refusal: OperationFailure | undefined;

  constructor(request: OperationRequest, oversight: Oversight, env: NodeJS.ProcessEnv) {
    this.#request = request;
    this.#oversight = oversight;
    this.#region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? "";
  }

  /** Settings of the stack under which its plan can be read again. */
  get secrets(): StackSecrets {
    return this.#oversight.approved?.secrets ?? {};
  }

  /** Whether it holds the run to something that somebody approved. */
  get approves(): boolean {
    return this.#oversight.approved !== undefined;
  }

  watch(program: PulumiFn): PulumiFn {
    return watched(program, this.#fingerprint, {
      onDeclared: (resource) => this.#declared.push(resource),
      onSeen: (resource) => {
        this.#survey.see(resource);
        if (this.#request.action === "up") this.#allow(resource);
      },
    });
  }

  hear(event: EngineEvent): void {
    this.#survey.hear(event);
  }

  /** @throws Refusal when the world is not what the approval was given for. */
  async check(held: ExportedState): Promise<void> {
    const { approved } = this.#oversight;
    if (approved === undefined) return;
    const program = await programDigest(this.#request.program);
    if (program !== approved.program) throw outdated("the program has changed");
    // An attempt that died has changed it already; what is left of the plan still holds.
    if (this.#request.repair !== true && held.digest() !== approved.state)
      throw outdated("the stack was changed by something else than this service");
    if (digestOf(approved, this.#request.config) !== approved.digest) throw tampered();
  }

  /** What the engine is to be told beside the rest. */
  async planOptions(): Promise<{ plan?: string }> {
    const { action, workDir } = this.#request;
    const { approved } = this.#oversight;
    if (action === "preview") return { plan: this.#planFile };
    if (action !== "up" || approved === undefined) return {};
    const file = join(workDir, "approved-plan.json");
    await writeFile(file, unpacked(approved.plan), { mode: 0o600 });
    return { plan: file };
  }

  /** After a run that succeeded. */
  async findings(held: ExportedState, redact: Redact): Promise<Findings | undefined> {
    const tools = { fingerprint: this.#fingerprint, redact };
    const { action, previewOnly } = this.#request;
    if (action === "refresh" && previewOnly === true) {
      return { preview: null, drift: this.#survey.drifted(tools), monthlyUsd: null };
    }
    if (action !== "preview" && action !== "up") return undefined;
    const surveyed = this.#survey.tell(held.inputs(this.#fingerprint), tools);
    if (action === "up") {
      const { monthlyUsd } = estimate(surveyed.after, surveyed.region ?? this.#region);
      return { preview: null, drift: null, monthlyUsd };
    }
    const approval = await this.#approval(held, surveyed);
    const digest = digestOf(approval, this.#request.config);
    const preview = { result: this.#judge(surveyed), approval, digest };
    return { preview, drift: null, monthlyUsd: null };
  }

  get #planFile(): string {
    return join(this.#request.workDir, "plan.json");
  }

  readonly #fingerprint = (value: unknown): string =>
    fingerprints(Buffer.from(this.#oversight.fingerprintKey, "hex"))(value);

  /** @throws Error when a mandatory rule forbids the resource: the engine builds nothing of it then. */
  #allow({ urn, type, name, inputs }: Seen): void {
    const { limits } = this.#oversight;
    const one = { urn, type, name, inputs: plainOf(inputs) as Record<string, unknown> };
    const all = this.#declared.map((declared) => ({ urn: "", ...declared }));
    const { monthlyUsd } = estimate(all, this.#region);
    const found = policyOf([one], this.#region, monthlyUsd, limits).violations;
    const broken = found.find(({ level }) => level === "mandatory");
    if (broken === undefined) return;
    this.refusal ??= refused(broken, urn);
    throw new Error(`${broken.message} ${broken.cure}`);
  }

  #judge({ steps, counts, before, after, drift, region = this.#region }: Surveyed) {
    const cost = costOf(before, after, region);
    const policy = policyOf(after, region, cost.after, this.#oversight.limits);
    return { steps, counts, cost, policy, drift };
  }

  async #approval(held: ExportedState, { steps }: Surveyed): Promise<Approval> {
    const [plan, program, secrets] = await Promise.all([
      readFile(this.#planFile, "utf8"),
      programDigest(this.#request.program),
      secretsOfStack(this.#request),
    ]);
    const prints = steps.flatMap(({ urn, changes }) =>
      changes
        .filter(({ secret }) => secret)
        .map(({ path, after }) => `${urn} ${path} ${after ?? "none"}`),
    );
    return {
      plan: packed(plan),
      secrets,
      program,
      state: held.digest(),
      fingerprints: prints.sort(),
    };
  }
}

/** Without them the plan could not be read again: each run makes its stack's settings anew. */
async function secretsOfStack(request: OperationRequest): Promise<StackSecrets> {
  const file = join(request.workDir, `Pulumi.${request.stack}.yaml`);
  const settings = parse(await readFile(file, "utf8")) as Record<string, unknown> | null;
  const named = [
    ["secretsProvider", "secretsprovider"],
    ["encryptedKey", "encryptedkey"],
    ["encryptionSalt", "encryptionsalt"],
  ] as const;
  return Object.fromEntries(
    named.flatMap(([name, key]) => {
      const value = settings?.[key];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}
