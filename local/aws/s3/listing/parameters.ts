import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import { successor, urlEncodeKey } from "../names.ts";

const MAX = 1000;

/** Sorts after every text in SQLite: the end of a listing that has no upper bound. */
const BEYOND_TEXT = Buffer.of(0xff);

/** The parameters that all listings of keys have. */
export interface ListParameters {
  readonly prefix: string;
  readonly delimiter: string;
  readonly max: number;
  /** Encodes keys as the client asked. */
  readonly encode: (text: string) => string;
  readonly encodingType?: "url";
}

export function readListParameters(call: Call, maxName = "max-keys"): ListParameters {
  const encodingType = call.query.get("encoding-type");
  if (encodingType !== undefined && encodingType !== "url") {
    throw s3Error.invalidArgument("Invalid Encoding Method specified in Request", {
      ArgumentName: "encoding-type",
      ArgumentValue: encodingType,
    });
  }
  return {
    prefix: call.query.get("prefix") ?? "",
    delimiter: call.query.get("delimiter") ?? "",
    max: readMax(call.query.get(maxName), maxName),
    encode: encodingType === "url" ? urlEncodeKey : (text) => text,
    ...(encodingType === "url" ? { encodingType } : {}),
  };
}

/** Reads how many entries a page may have: at most 1,000, and that when nothing is said. */
export function readMax(text: string | undefined, name: string): number {
  if (text === undefined || text === "") return MAX;
  const max = Number(text);
  if (!Number.isInteger(max) || max < 0 || max > 2_147_483_647) {
    throw s3Error.invalidArgument(`Provided ${name} not an integer or within integer range`, {
      ArgumentName: name,
      ArgumentValue: text,
    });
  }
  return Math.min(max, MAX);
}

/** The first key, in order, that does not start with the prefix any more. */
export function endOf(prefix: string): string | Buffer {
  return (prefix === "" ? undefined : successor(prefix)) ?? BEYOND_TEXT;
}

/** What conditions in policies may say about a listing. */
export function listContext(parameters: ListParameters): Record<string, string> {
  const { prefix, delimiter, max } = parameters;
  return {
    "s3:prefix": prefix,
    ...(delimiter === "" ? {} : { "s3:delimiter": delimiter }),
    "s3:max-keys": String(max),
  };
}
