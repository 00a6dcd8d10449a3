import { CloudError } from "../../errors.ts";
import type { S3Bucket } from "./bucket.ts";

/** Asks for an archived object to become readable; it takes hours. One that is being restored already is left to it. */
export async function restoreObject(
  bucket: S3Bucket,
  key: string,
  version: readonly (readonly [string, string])[],
  days: number,
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
    await ask(document(`<Days>${days}</Days>${TIER}`));
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

/** The cheapest that every archive class has is Bulk, the quickest is Standard: 3 to 12 hours. */
const TIER = "<GlacierJobParameters><Tier>Standard</Tier></GlacierJobParameters>";

function document(inside: string): string {
  return `<RestoreRequest xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inside}</RestoreRequest>`;
}
