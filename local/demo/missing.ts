import { HeadObjectCommand, NotFound, S3Client } from "@aws-sdk/client-s3";
import type { Sample } from "./samples.ts";
import type { Credentials } from "./upload.ts";

/** The samples that the bucket does not hold yet in their size: what a start after an interrupted one puts. */
export async function missingFrom(
  all: readonly Sample[],
  at: { bucket: string; endpoint: string; region: string; credentials: Credentials },
): Promise<Sample[]> {
  const { endpoint, region, credentials, bucket: Bucket } = at;
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  try {
    const missing: Sample[] = [];
    for (const sample of all) {
      const head = await s3
        .send(new HeadObjectCommand({ Bucket, Key: sample.key }))
        .catch((error: unknown) => {
          if (error instanceof NotFound) return undefined;
          throw error;
        });
      if (head?.ContentLength !== sample.size) missing.push(sample);
    }
    return missing;
  } finally {
    s3.destroy();
  }
}
