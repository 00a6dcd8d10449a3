import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Sample } from "./samples.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Puts the samples into the bucket as the tenant would, a few at a time. */
export async function upload(
  all: readonly Sample[],
  to: { bucket: string; endpoint: string; region: string; credentials: Credentials },
  options: { signal: AbortSignal; onObject: (done: number) => void },
): Promise<void> {
  const s3 = new S3Client({
    endpoint: to.endpoint,
    region: to.region,
    credentials: to.credentials,
    forcePathStyle: true,
  });
  const queue = [...all];
  let done = 0;
  const worker = async () => {
    for (let sample = queue.shift(); sample !== undefined; sample = queue.shift()) {
      const { key, size, contentType } = sample;
      const put = new PutObjectCommand({
        Bucket: to.bucket,
        Key: key,
        Body: sample.open(),
        ContentLength: size,
        ContentType: contentType,
        Metadata: { origin: "causeway-demo" },
      });
      await s3.send(put, { abortSignal: options.signal });
      options.onObject((done += 1));
    }
  };
  try {
    await Promise.all(Array.from({ length: 4 }, worker));
  } finally {
    s3.destroy();
  }
}
