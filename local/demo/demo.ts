import { IAMClient } from "@aws-sdk/client-iam";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bytes, table, type Reporter } from "../boot/report.ts";
import type { Causeway } from "../causeway.ts";
import { Api, type RunObjectView, type RunView } from "./api.ts";
import { missingFrom } from "./missing.ts";
import { samples, type Sample } from "./samples.ts";
import { TenantUser } from "./tenant.ts";
import { upload, type Credentials } from "./upload.ts";
import { verify, type Finding } from "./verify.ts";

export const tenant = "acme";
export const pipeline = "exports";

/** The smallest spec: whatever is put into the pipeline's bucket arrives in its container. */
export const spec = { kind: "copy", source: { type: "s3" }, targets: [{ type: "azure-blob" }] };

export interface DemoResult {
  readonly arrived: number;
  readonly wanted: number;
  readonly bucket: string;
  readonly container: string;
  readonly containerUrl: string;
  readonly sas: string;
  readonly credentials: Credentials;
}

interface PipelineOutputs {
  readonly sourceBucket: string;
  readonly targets: readonly [
    { readonly container: string; readonly endpoint: string; readonly sasParameter: string },
  ];
}

/** Does what a user would, through the API and with the tenant's own credentials; throws when anything did not arrive. */
export class Demo {
  readonly #causeway: Causeway;
  readonly #report: Reporter;
  readonly #signal: AbortSignal;
  readonly #api: Api;
  readonly #user: TenantUser;

  constructor(causeway: Causeway, report: Reporter, signal: AbortSignal) {
    this.#causeway = causeway;
    this.#report = report;
    this.#signal = signal;
    this.#api = new Api(causeway.serviceUrl, causeway.apiToken, signal);
    const iam = new IAMClient(this.#operator());
    this.#user = new TenantUser(iam, tenant, join(causeway.home, "demo", "keys.json"));
  }

  async run(): Promise<DemoResult> {
    const outputs = await this.#createPipeline();
    const credentials = await this.#user.credentials(outputs.sourceBucket);
    const all = await samples();
    const began = new Date();
    const put = await this.#putFiles(all, outputs.sourceBucket, credentials);
    const objects = await this.#untilClosed(put, began);
    const [target] = outputs.targets;
    const sas = await this.#sas(target.sasParameter);
    const containerUrl = `${await this.#throughNat(target.endpoint)}/${target.container}`;
    const findings = await this.#readBack(all, `${containerUrl}?${sas}`);
    const arrived = this.#show(all, objects, findings);
    const { sourceBucket: bucket } = outputs;
    const { container } = target;
    return { arrived, wanted: all.length, bucket, container, containerUrl, sas, credentials };
  }

  /** Takes down what run() made, through the API where a user would. */
  async tearDown(): Promise<void> {
    const began = performance.now();
    const operation = await this.#api.deletePipeline(tenant, pipeline);
    await this.#api.settled(operation, (now) =>
      this.#report.progress(`DELETE ${tenant}/${pipeline}: ${now.metadata.state}`),
    );
    await this.#user.remove();
    this.#report.step(`pipeline ${tenant}/${pipeline} deleted in ${since(began)}`);
  }

  async #createPipeline(): Promise<PipelineOutputs> {
    const began = performance.now();
    this.#report.step(`POST /v1/tenants/${tenant}/pipelines ${JSON.stringify({ name: pipeline })}`);
    const posted = await this.#api.createPipeline(tenant, pipeline, spec);
    // One that was there already takes up what has changed since: the program, the worker.
    const operation = posted.done ? await this.#api.updatePipeline(tenant, pipeline) : posted;
    const settled = await this.#api.settled(operation, (now) =>
      this.#report.progress(`operation ${now.id}: ${now.metadata.state}`),
    );
    const { outputs } = await this.#api.pipeline(tenant, pipeline);
    const summary = settled.response?.summary ?? "";
    this.#report.step(`pipeline ${tenant}/${pipeline} is built (${summary}) in ${since(began)}`);
    return outputs as unknown as PipelineOutputs;
  }

  async #putFiles(
    all: readonly Sample[],
    bucket: string,
    credentials: Credentials,
  ): Promise<Sample[]> {
    const { endpoint, region } = this.#causeway.clouds.aws;
    const to = { bucket, endpoint, region, credentials };
    const began = performance.now();
    const put = await missingFrom(all, to);
    const onObject = (done: number) =>
      this.#report.progress(`${done} of ${put.length} files put into s3://${bucket}`);
    await upload(put, to, { signal: this.#signal, onObject });
    const size = put.reduce((sum, sample) => sum + sample.size, 0);
    const already = all.length - put.length;
    this.#report.step(
      `${put.length} files (${bytes(size)}) put into s3://${bucket} in ${since(began)}` +
        (already === 0 ? "" : `; ${already} were there already`),
    );
    return put;
  }

  /** Waits until a run has closed that accounts for every file that was put now; answers with all known objects. */
  async #untilClosed(put: readonly Sample[], began: Date): Promise<Map<string, RunObjectView>> {
    const patienceMs = 300_000;
    let lastChange = Date.now();
    let seen = "";
    for (;;) {
      const runs = await this.#api.runs(tenant, pipeline);
      const objects = await this.#newest(runs);
      const settled = put.filter((sample) => isSince(objects.get(sample.key), began));
      const [latest] = runs;
      if (settled.length === put.length && latest?.state !== "open") {
        if (put.length > 0) this.#sayRun(latest, objects);
        return objects;
      }
      const now = `${settled.length} of ${put.length} objects accounted for, run ${latest?.id ?? "not open yet"}, ${latest?.waiting ?? "?"} waiting`;
      if (now !== seen) lastChange = Date.now();
      seen = now;
      this.#report.progress(now);
      if (Date.now() - lastChange > patienceMs) {
        const problems = latest?.problems.map((problem) => problem.message).join("; ") ?? "";
        throw new Error(`Nothing moved for ${patienceMs / 1000} s: ${now}. ${problems}`);
      }
      await sleep(300, undefined, { signal: this.#signal });
    }
  }

  async #newest(runs: readonly RunView[]): Promise<Map<string, RunObjectView>> {
    const newest = new Map<string, RunObjectView>();
    for (const run of runs) {
      for (const object of await this.#api.objects(run)) {
        if (!newest.has(object.key)) newest.set(object.key, object);
      }
    }
    return newest;
  }

  #sayRun(run: RunView | undefined, objects: ReadonlyMap<string, RunObjectView>): void {
    if (run === undefined) return;
    const { openedAt, closedAt, totals } = run;
    const seconds = closedAt === null ? null : (Date.parse(closedAt) - Date.parse(openedAt)) / 1000;
    const states = Object.entries(totals)
      .map(([state, sum]) => [state, objectsOf(sum)] as const)
      .filter(([, count]) => count > 0)
      .map(([state, count]) => `${count} ${state}`);
    const first = Math.min(...[...objects.values()].map(({ at }) => Date.parse(at)));
    this.#report.step(
      `the first object had arrived ${((first - performance.timeOrigin) / 1000).toFixed(1)} s after the start`,
    );
    this.#report.step(
      `run ${run.id} closed ${run.state} after ${seconds?.toFixed(1) ?? "?"} s: ${states.join(", ")}`,
    );
  }

  async #sas(parameter: string): Promise<string> {
    const ssm = new SSMClient(this.#operator());
    const { Parameter } = await ssm.send(
      new GetParameterCommand({ Name: parameter, WithDecryption: true }),
    );
    if (Parameter?.Value === undefined) throw new Error(`${parameter} in SSM is empty`);
    return Parameter.Value;
  }

  async #throughNat(endpoint: string): Promise<string> {
    const nat = await this.#causeway.azureThroughNat();
    return endpoint.replace(this.#causeway.clouds.azure.endpoint, nat).replace(/\/$/, "");
  }

  async #readBack(all: readonly Sample[], url: string): Promise<Map<string, Finding>> {
    const began = performance.now();
    const findings = await verify(all, url, this.#signal);
    const equal = [...findings.values()].filter((finding) => finding === "equal").length;
    this.#report.step(
      `${equal} of ${all.length} blobs read back through the SAS have the SHA-256 of their source (${since(began)})`,
    );
    return findings;
  }

  #show(
    all: readonly Sample[],
    objects: ReadonlyMap<string, RunObjectView>,
    findings: ReadonlyMap<string, Finding>,
  ): number {
    const rows = all.map(({ key, size }) => {
      const object = objects.get(key);
      return [
        key,
        bytes(size),
        howItWent(object),
        object?.seconds?.toFixed(2) ?? "",
        findings.get(key) ?? "",
      ];
    });
    this.#report.plain();
    this.#report.plain(
      table(["object", "size", "how it went", "seconds", "read back"], rows, right),
    );
    const size = all.reduce((sum, sample) => sum + sample.size, 0);
    const arrived = [...findings.values()].filter((finding) => finding === "equal").length;
    this.#report.plain(
      `\n${arrived} of ${all.length} objects, ${bytes(size)}, arrived and verified.\n`,
    );
    return arrived;
  }

  #operator() {
    const { endpoint, region, adminCredentials } = this.#causeway.clouds.aws;
    return { endpoint, region, credentials: adminCredentials };
  }
}

const right = new Set(["size", "seconds"]);

/** Whether the ledger's line is of this time and not of an earlier run. */
function isSince(object: RunObjectView | undefined, began: Date): boolean {
  return object !== undefined && Date.parse(object.at) >= began.getTime();
}

function since(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

/** Of a state's sum; the totals' own counts are not sums. */
function objectsOf(sum: unknown): number {
  return typeof sum === "object" && sum !== null && "objects" in sum ? Number(sum.objects) : 0;
}

/** `copied, url`; `copied, stream (not by URL: …)`; `failed, …`. */
function howItWent(object: RunObjectView | undefined): string {
  if (object === undefined) return "not in the ledger";
  const { state, how, why, reason } = object;
  const way = how !== null && why !== null ? `${how} (not by URL: ${why})` : how;
  return [state, way, reason].filter((part) => part !== null).join(", ");
}
