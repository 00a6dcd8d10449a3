import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

/** The part of the pipeline's config that this program reads; the real program reads the same key. */
interface TinyPipeline {
  name: string;
  tenant: string;
  generation: number;
  spec: { source: { prefix?: string } };
}

/**
 * Stands in for the product's program: component resources only, so that no provider is needed. Each part of the source's prefix is one,
 * and the first says how the program behaves: `fail/` throws, `slow-N/` takes N ms, `deaf/` never yields, so that no
 * interruption reaches it, `print/` prints a secret.
 */
export async function program(): Promise<Record<string, unknown>> {
  const config = new pulumi.Config("causeway");
  const pipeline = config.requireObject<TinyPipeline>("pipeline");
  const parts = (pipeline.spec.source.prefix ?? "").split("/").filter((part) => part !== "");
  for (const part of ["zone", ...parts]) new pulumi.ComponentResource("tiny:index:Part", part, {});
  await behave(parts[0] ?? "", config);
  return {
    tenant: pipeline.tenant,
    pipeline: pipeline.name,
    generation: pipeline.generation,
    sasToken: pulumi.secret("sig=verysecretvalue"),
  };
}

async function behave(how: string, config: pulumi.Config): Promise<void> {
  if (how === "fail") throw new Error("the tiny program fails as it was asked to");
  if (how === "print") {
    await pulumi.log.info(`the password is ${config.get("password") ?? ""}`);
  }
  if (how === "deaf") {
    await delay(100);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  const wait = /^slow-(\d+)$/.exec(how)?.[1];
  if (wait !== undefined) await delay(Number(wait));
}
