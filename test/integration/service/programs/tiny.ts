import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

/** What a tiny program does, from the same config that the real program reads. */
interface TinyPipeline {
  name: string;
  tenant: string;
  generation: number;
  spec: { source: { prefix?: string } };
}

/**
 * Stands in for the product's program: component resources only, so that no provider is needed. The source's prefix says how it
 * behaves: `fail/` throws, `slow-N/` waits N ms before it is done.
 */
export async function program(): Promise<Record<string, unknown>> {
  const pipeline = new pulumi.Config("causeway").requireObject<TinyPipeline>("pipeline");
  const prefix = pipeline.spec.source.prefix ?? "";
  const parts = prefix.split("/").filter((part) => part !== "");
  for (const part of ["zone", ...parts]) new pulumi.ComponentResource("tiny:index:Part", part, {});
  if (prefix.startsWith("fail/")) throw new Error("the tiny program fails as it was asked to");
  const wait = /^slow-(\d+)\//.exec(prefix)?.[1];
  if (wait !== undefined) await delay(Number(wait));
  return {
    tenant: pipeline.tenant,
    pipeline: pipeline.name,
    generation: pipeline.generation,
    sasToken: pulumi.secret("sig=verysecretvalue"),
  };
}
