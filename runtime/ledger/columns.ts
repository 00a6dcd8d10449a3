/** A column of a ledger file: a field of its lines. Absent fields are null. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "bigint" | "double";
  readonly about: string;
}

function column(name: string, type: Column["type"], about: string): Column {
  return { name, type, about };
}

/** Flat, lower-case columns, so that any engine that knows NDJSON reads them without a mapping. */
export const columns: readonly Column[] = [
  column("state", "string", "copied, unchanged, deleted, skipped, held or failed"),
  column("settled_at", "string", "when the state was reached, ISO 8601, UTC"),
  column("target", "string", "the target's name in the spec"),
  column("key", "string", "the source key"),
  column("v", "bigint", "version of this format: 2"),
  column("tenant", "string", "null for a copy by hand"),
  column("pipeline", "string", "null for a copy by hand"),
  column("generation", "bigint", "of the pipeline's spec"),
  column("run", "string", "the run that found the key; null for what a hint brought"),
  column("slice", "string", "the slice of the run's manifest"),
  column("size", "bigint", "bytes at the source"),
  column("name", "string", "the name at the target, its prefix included"),
  column("pin", "string", "version id or ETag that every read was bound to"),
  column("modified", "string", "Last-Modified of the source, ISO 8601"),
  column("reason", "string", "why, in words; null for copied"),
  column("class", "string", "of failed and held: AccessDenied, InvalidName, BudgetExceeded ..."),
  column("action", "string", "the request that was refused or failed: s3:GetObject ..."),
  column("how", "string", "how the bytes travelled: stream or url"),
  column("why", "string", "why not by URL"),
  column("bytes_read", "bigint", "bytes of the source that passed through us"),
  column("requests", "bigint", "requests made for the key, to both clouds"),
  column("checksum", "string", "base64, big-endian, of what proved the copy equal"),
  column("checksum_algorithm", "string", "CRC64NVME, CRC32 or MD5"),
  column("checksum_basis", "string", "source, computed or target: where the value came from"),
  column("started_at", "string", "when the key was taken up, ISO 8601"),
  column("seconds", "double", "from then to the terminal state"),
  column("attempts", "bigint", "rounds of looking and deciding"),
  column("message_id", "string", "of the hint"),
  column("event_name", "string", "of the hint: ObjectCreated:Put ..."),
  column("event_time", "string", "of the hint"),
  column("sequencer", "string", "of the hint"),
  column("received", "bigint", "how often the queue had handed the hint out"),
];

const duckdbTypes = { string: "VARCHAR", bigint: "BIGINT", double: "DOUBLE" } as const;

/** A table over one pipeline's ledger, with a partition for each day that no one has to add. */
export function athenaTable(table: string, location: string): string {
  const body = columns.map(({ name, type }) => `  \`${name}\` ${type}`).join(",\n");
  return `CREATE EXTERNAL TABLE ${table} (
${body}
)
PARTITIONED BY (dt string)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION '${location}'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2026-01-01,NOW',
  'storage.location.template' = '${location}dt=\${dt}/'
)`;
}

/** The lines of the files that a pattern names, for the FROM of a query. */
export function duckdbSource(pattern: string): string {
  const types = columns.map(({ name, type }) => `${name}: '${duckdbTypes[type]}'`).join(", ");
  return `read_json('${pattern}', format = 'newline_delimited', columns = {${types}})`;
}
