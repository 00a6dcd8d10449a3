import { s3Error } from "../errors.ts";
import { ALGORITHMS, CHECKSUM_BYTES, checksumHeader, isAlgorithm } from "./algorithm.ts";
import type { Algorithm } from "./algorithm.ts";

export type HeaderReader = (name: string) => string | undefined;

/** What a request says about the checksum of its body. */
export interface DeclaredChecksums {
  /** Base64, 16 bytes. */
  readonly md5?: string;
  readonly algorithm?: Algorithm;
  /** Base64; absent when it comes in the trailer or was not given. */
  readonly value?: string;
  readonly trailing: boolean;
}

/** Reads and checks the form of Content-MD5, x-amz-checksum-* and x-amz-trailer. */
export function declaredChecksums(header: HeaderReader): DeclaredChecksums {
  const md5 = header("content-md5");
  if (md5 !== undefined && !isBase64Of(md5, 16)) throw s3Error.invalidDigest(md5);
  const given = ALGORITHMS.filter((algorithm) => header(checksumHeader(algorithm)) !== undefined);
  const trailing = trailerAlgorithms(header("x-amz-trailer"));
  if (given.length + trailing.length > 1) {
    throw s3Error.invalidRequest(
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    );
  }
  const algorithm = given[0] ?? trailing[0] ?? sdkAlgorithm(header("x-amz-sdk-checksum-algorithm"));
  const value = given[0] === undefined ? undefined : header(checksumHeader(given[0]));
  if (algorithm !== undefined && value !== undefined) checkForm(algorithm, value);
  return {
    ...(md5 === undefined ? {} : { md5 }),
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(value === undefined ? {} : { value }),
    trailing: trailing.length > 0,
  };
}

/** The value that the trailer carried, checked for its form. */
export function trailingValue(
  algorithm: Algorithm,
  trailers: Readonly<Record<string, string>>,
): string {
  const value = trailers[checksumHeader(algorithm)];
  if (value === undefined) {
    throw s3Error.invalidRequest(
      `The x-amz-trailer header announced ${checksumHeader(algorithm)}, but the trailer did not carry it.`,
    );
  }
  checkForm(algorithm, value);
  return value;
}

export function checkForm(algorithm: Algorithm, value: string): void {
  if (!isBase64Of(value, CHECKSUM_BYTES[algorithm])) {
    throw s3Error.invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
}

/** Reads an algorithm's name; anything S3 does not know is its InvalidRequest. */
export function readAlgorithm(name: string): Algorithm {
  const upper = name.toUpperCase();
  if (!isAlgorithm(upper)) {
    throw s3Error.invalidRequest(
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${ALGORITHMS.join(", ")}]`,
    );
  }
  return upper;
}

function sdkAlgorithm(name: string | undefined): Algorithm | undefined {
  return name === undefined || name.toUpperCase() === "MD5" ? undefined : readAlgorithm(name);
}

function trailerAlgorithms(trailer: string | undefined): Algorithm[] {
  const names = (trailer ?? "").split(",").map((name) => name.trim().toLowerCase());
  return names
    .filter((name) => name.startsWith("x-amz-checksum-"))
    .map((name) => readAlgorithm(name.slice("x-amz-checksum-".length)));
}

function isBase64Of(text: string, bytes: number): boolean {
  return Buffer.from(text, "base64").length === bytes && text.length === Math.ceil(bytes / 3) * 4;
}
