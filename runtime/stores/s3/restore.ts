import { CloudError } from "../../errors.ts";
import type { Restore } from "../contract.ts";
import type { S3Bucket } from "./bucket.ts";

/** Asks for an archived object to become readable; it takes hours. One that is being restored already is left to it. */
export async function restoreObject(
  bucket: S3Bucket,
  key: string,
  version: readonly (readonly [string, string])[],
  { days, tier }: Restore,
  signal: AbortSignal,
): Promise<void> {
  const ask = (body: string) =>
    bucket.request({
      action: "s3:RestoreObject",
      method: "POST",
      key,
      query: [["restore", ""], ...version],
      headers: { "content-type": "application/xml" },
      body: Buffer.from(body),
      signal,
      timeoutMs: 20_000,
    });
  try {
    await ask(document(`<Days>${days}</Days>${TIERS[tier]}`));
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (error.code === "RestoreAlreadyInProgress") return;
    // Intelligent-Tiering moves an object back for good: it takes no number of days.
    if (error.facts.status !== 400) throw error;
    await ask(document("")).catch(() => {
      throw error;
    });
  }
}

/** Every archive class has Bulk and Standard; Deep Archive has no Expedited. */
const TIERS = {
  bulk: tierOf("Bulk"),
  standard: tierOf("Standard"),
  expedited: tierOf("Expedited"),
};

function tierOf(name: string): string {
  return `<GlacierJobParameters><Tier>${name}</Tier></GlacierJobParameters>`;
}

function document(inside: string): string {
  return `<RestoreRequest xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inside}</RestoreRequest>`;
}
