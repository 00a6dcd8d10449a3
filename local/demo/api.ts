import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { Client } from "../../service/client/client.ts";
import type { Request } from "../../service/client/operations.ts";
import { allRows } from "../../service/client/wait.ts";
import type { Operation, Pipeline, Run, RunObject } from "../../service/http/schemas.ts";

export type RunView = z.output<typeof Run>;
export type RunObjectView = z.output<typeof RunObject>;

/** The little of the public API that the demonstration uses, by the client that anyone has. */
export class Api {
  readonly #client: Client;
  readonly #signal: AbortSignal;

  constructor(url: string, token: string, signal: AbortSignal) {
    this.#client = new Client({ url, token, signal, userAgent: "causeway-demo" });
    this.#signal = signal;
  }

  async createPipeline(tenant: string, name: string, spec: unknown): Promise<Operation> {
    const body = { name, spec } as Request<"createPipeline">["body"];
    return this.#client.call("createPipeline", { params: { tenant }, body });
  }

  /** Builds it again: takes up a new program or worker, puts back what was changed by hand. */
  async updatePipeline(tenant: string, name: string): Promise<Operation> {
    return this.#client.call("createUpdate", { params: { tenant, name } });
  }

  async deletePipeline(tenant: string, name: string): Promise<Operation> {
    return this.#client.call("deletePipeline", { params: { tenant, name } });
  }

  async pipeline(tenant: string, name: string): Promise<Pipeline> {
    return this.#client.call("getPipeline", { params: { tenant, name } });
  }

  /** Newest first. */
  async runs(tenant: string, name: string): Promise<RunView[]> {
    return allRows(this.#client, "listRuns", { params: { tenant, name } });
  }

  async objects({ tenant, pipeline: name, id: run }: RunView): Promise<RunObjectView[]> {
    const params = { tenant, name, run };
    return allRows(this.#client, "listRunObjects", { params });
  }

  /** Waits until the operation has settled; throws with its cause when it did not succeed. */
  async settled(operation: Operation, onLook: (now: Operation) => void): Promise<Operation> {
    let now = operation;
    while (!now.done) {
      onLook(now);
      await sleep(200, undefined, { signal: this.#signal });
      now = await this.#client.call("getOperation", { params: { operation: operation.id } });
    }
    if (now.error !== undefined) {
      const { title, detail, remedy } = now.error;
      throw new Error(`${title}: ${detail} ${remedy}`);
    }
    return now;
  }
}
