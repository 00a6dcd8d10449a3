import { s3Error } from "./errors.ts";

/** Bytes `start` up to but not including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a Range header; undefined when it asks for nothing that S3 serves in part (several ranges, another unit,
 * bad form): then the answer is the whole object.
 * @throws InvalidRange when no byte of the object lies in it
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (!match || header === undefined) return undefined;
  const [first, last] = [match[1] ?? "", match[2] ?? ""];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    if (Number(last) === 0 || size === 0) throw s3Error.invalidRange(header, size);
    return { start: Math.max(size - Number(last), 0), end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) throw s3Error.invalidRange(header, size);
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

/** Reads the `bytes=first-last` of UploadPartCopy, which must lie within the source. */
export function readCopyRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined) return { start: 0, end: size };
  const match = /^bytes=(\d+)-(\d+)$/.exec(header.trim());
  const [start, last] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || last < start) {
    throw s3Error.invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      { ArgumentName: "x-amz-copy-source-range", ArgumentValue: header },
    );
  }
  if (last >= size) {
    throw s3Error.invalidArgument(
      `Range specified is not valid for source object of size: ${size}`,
      { ArgumentName: "x-amz-copy-source-range", ArgumentValue: header },
    );
  }
  return { start, end: last + 1 };
}
