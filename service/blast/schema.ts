import { z } from "zod";
import { classes } from "../db/blast.ts";

const moment = z.iso.datetime();
const sums = z.object(
  Object.fromEntries(classes.map((name) => [name, z.int()])) as Record<
    (typeof classes)[number],
    z.ZodInt
  >,
);

export const BlastItem = z
  .object({
    tenant: z.string(),
    pipeline: z.string(),
    class: z.enum(classes),
    counts: z.record(z.string(), z.int()).nullable(),
    message: z.string().nullable().meta({ description: "Why it failed." }),
    links: z.object({ preview: z.string(), operation: z.string() }),
  })
  .meta({ id: "BlastItem" });
export type BlastItem = z.output<typeof BlastItem>;

export const BlastRadius = z
  .object({
    id: z.string(),
    state: z.enum(["running", "done"]),
    createdAt: moment,
    by: z.string(),
    program: z.string().nullable().meta({ description: "null: the one that the service runs." }),
    total: z.int(),
    done: z.int(),
    pipelines: sums.meta({
      description:
        "By what would happen: replacement (or deletion), failure, update (or creation), none; pending: not looked at yet.",
    }),
    tenants: sums.meta({ description: "Each by the worst of its pipelines." }),
    worst: z.array(BlastItem).meta({ description: "The first fifty, the dangerous first." }),
    links: z.object({
      self: z.string(),
      pipelines: z.string(),
      page: z.string().meta({ description: "The same for people, in a browser." }),
    }),
  })
  .meta({ id: "BlastRadius", description: "What a program would do to every pipeline." });
export type BlastRadius = z.output<typeof BlastRadius>;
