import type { Random } from "./random.ts";

/** An S3 event about a key, worded as S3 words it. */
export function eventAbout(bucket: string, key: string, what: "put" | "delete"): object {
  return {
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        eventTime: new Date().toISOString(),
        eventName: what === "put" ? "ObjectCreated:Put" : "ObjectRemoved:Delete",
        s3: {
          bucket: { name: bucket },
          object: { key: encodeURIComponent(key).replaceAll("%20", "+") },
        },
      },
    ],
  };
}

export interface Delivery {
  readonly lost: number;
  readonly twice: number;
  /** Over how many places a hint may be moved. */
  readonly shuffle: boolean;
}

/** The hints as they arrive: some never, some twice, in any order. */
export function delivered<T>(random: Random, hints: readonly T[], delivery: Delivery): T[] {
  const arriving = hints.flatMap((hint) => {
    if (random.chance(delivery.lost)) return [];
    return random.chance(delivery.twice) ? [hint, hint] : [hint];
  });
  return delivery.shuffle ? random.shuffled(arriving) : arriving;
}
