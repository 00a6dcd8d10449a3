import { z } from "zod";
import { Notify } from "./copy.ts";
import { CredentialReference } from "./credentials.ts";
import { expects, wrong } from "./explain.ts";
import { fields, variants } from "./fields.ts";
import { AwsRegion, BucketName, KeyPrefix } from "./names.ts";
import { refuse } from "./refuse.ts";
import { Schedule } from "./schedule.ts";
import { secretsIn, type Breach } from "./secrets-in.ts";

const IDENTIFIER_RULE =
  "an SQL name: letters, digits and underscores, not starting with a digit, at most 127";
const Identifier = z
  .string(expects(IDENTIFIER_RULE))
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,126}$/, expects(IDENTIFIER_RULE));

const QUALIFIED_RULE = 'an SQL name, optionally with its schema, such as "sales.orders"';
const QualifiedName = z
  .string(expects(QUALIFIED_RULE))
  .regex(
    /^([A-Za-z_][A-Za-z0-9_]{0,126}\.)?[A-Za-z_][A-Za-z0-9_]{0,126}$/,
    expects(QUALIFIED_RULE),
  );

const HOST_RULE = "a host name, without scheme, user or port";

const LoadSource = variants(
  "type",
  [
    fields({
      type: z.literal("s3"),
      bucket: BucketName,
      prefix: KeyPrefix.default(""),
      region: AwsRegion.optional(),
      format: z.enum(["csv", "ndjson", "parquet"]).default("csv"),
    }).meta({ id: "LoadFromS3" }),
    fields({
      type: z.literal("mysql"),
      host: z
        .string(expects(HOST_RULE))
        .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/, expects(HOST_RULE)),
      port: z.int().min(1).max(65_535).default(3306),
      database: Identifier,
      credentials: CredentialReference,
    }).meta({ id: "LoadFromMysql" }),
  ],
  ["s3", "mysql"],
).meta({ id: "LoadSource" });

const Warehouse = variants(
  "type",
  [
    fields({
      type: z.literal("redshift-serverless"),
      database: Identifier.default("dev"),
      schema: Identifier.default("public"),
      baseCapacity: z.int().min(4).max(1024).default(8).describe("Redshift processing units."),
    }),
  ],
  ["redshift-serverless"],
).meta({ id: "Warehouse" });

const Table = fields({
  name: QualifiedName.describe("The table in the warehouse."),
  from: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .describe(
      "The source's table, or the prefix below the source's prefix; the table's name without it.",
    ),
  mode: z.enum(["append", "replace", "upsert"]).default("append"),
  key: z
    .array(Identifier)
    .max(16)
    .default([])
    .describe("Columns that identify a row; needed by upsert."),
}).meta({ id: "LoadTable" });

export const LoadSpec = fields({
  kind: z.literal("load"),
  source: LoadSource,
  warehouse: Warehouse,
  orchestrator: z.enum(["step-functions", "airflow"]).default("step-functions"),
  tables: z.array(Table).min(1).max(500),
  procedure: QualifiedName.optional().describe(
    "A stored procedure to call when the tables are loaded.",
  ),
  unload: fields({
    query: z.string().min(1).max(65_535),
    bucket: BucketName,
    prefix: KeyPrefix.default(""),
  })
    .optional()
    .describe("What to write back to S3 afterwards."),
  schedule: Schedule.optional(),
  notify: Notify.optional(),
})
  .superRefine((spec, context) => {
    refuse(context, [...secretsIn(spec), ...upsertRules(spec.tables)]);
  })
  .meta({ id: "LoadSpec", description: "A pipeline that loads tables into a warehouse." });
export type LoadSpec = z.output<typeof LoadSpec>;

function upsertRules(tables: readonly z.output<typeof Table>[]): Breach[] {
  return tables.flatMap((table, index) =>
    table.mode === "upsert" && table.key.length === 0
      ? [
          {
            path: ["tables", index, "key"],
            message: wrong('at least 1 column with mode "upsert"', table.key),
          },
        ]
      : [],
  );
}
