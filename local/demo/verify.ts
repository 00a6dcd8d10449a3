import { ContainerClient } from "@azure/storage-blob";
import { Readable } from "node:stream";
import { sha256, type Sample } from "./samples.ts";

export type Finding = "equal" | "missing" | "different";

/** Reads every blob back through the container's SAS and compares its SHA-256 with the file that was put. */
export async function verify(
  all: readonly Sample[],
  containerUrlWithSas: string,
  signal: AbortSignal,
): Promise<Map<string, Finding>> {
  const container = new ContainerClient(containerUrlWithSas);
  const findings = new Map<string, Finding>();
  for (const sample of all) findings.set(sample.key, await compare(sample, container, signal));
  return findings;
}

async function compare(
  sample: Sample,
  container: ContainerClient,
  abortSignal: AbortSignal,
): Promise<Finding> {
  const blob = container.getBlobClient(sample.key);
  try {
    const answer = await blob.download(0, undefined, { abortSignal });
    if (answer.contentLength !== sample.size || answer.readableStreamBody === undefined) {
      answer.readableStreamBody?.on("error", () => undefined);
      return "different";
    }
    const there = await sha256(new Readable().wrap(answer.readableStreamBody));
    return there === (await sha256(sample.open())) ? "equal" : "different";
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return "missing";
    throw error;
  }
}
