/** `<prefix>dt=YYYY-MM-DD/<YYYYMMDDTHHMMSSsssZ>-<worker>-<sequence>.ndjson.zst`; files of the first format end in `.gz`. */
const NAME =
  /dt=\d{4}-\d{2}-\d{2}\/(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z-[^/]+\.ndjson\.(?:zst|gz)$/;

/** `dt=2026-01-31/20260131T235959123Z-WORKER-1.ndjson.zst`. */
export function fileName(at: Date, worker: string, sequence: number): string {
  const iso = at.toISOString();
  return `dt=${iso.slice(0, 10)}/${iso.replace(/[-:.]/g, "")}-${worker}-${sequence}.ndjson.zst`;
}

/**
 * The smallest key that a file written at `time` (ms) or later can have: where a listing starts. Keys sort by time because both
 * parts are padded.
 */
export function keyFrom(prefix: string, time: number): string {
  const iso = new Date(Math.max(0, time)).toISOString();
  return `${prefix}dt=${iso.slice(0, 10)}/${iso.replaceAll(/[-:.]/g, "")}`;
}

/** When a ledger file was written, ms; undefined for what is no ledger file. */
export function timeOf(key: string): number | undefined {
  const match = NAME.exec(key);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, millisecond] = match.map(Number);
  return Date.UTC(
    year ?? 0,
    (month ?? 1) - 1,
    day ?? 1,
    hour ?? 0,
    minute ?? 0,
    second ?? 0,
    millisecond ?? 0,
  );
}
