import { z } from "zod";

/** Where a pipeline's data path can be watched: the part of its stack's outputs that the run tracker reads. */
export const Places = z.object({
  queueUrl: z.string(),
  ledgerBucket: z.string(),
  ledgerPrefix: z.string(),
  logGroup: z.string(),
});
export type Places = z.output<typeof Places>;

/** Undefined for a pipeline that has no such data path. */
export function placesOf(outputs: Record<string, unknown> | undefined): Places | undefined {
  return Places.safeParse(outputs).data;
}
