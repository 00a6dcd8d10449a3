import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import type { Principal } from "../contract.ts";

/** A secret that requests may be signed with, and who they then come from. */
export interface Credential {
  readonly secretAccessKey: string;
  /** Present for temporary credentials: the request must carry it. */
  readonly sessionToken?: string;
  readonly expiresAt?: Date;
  readonly principal: Principal;
}

/** What a signing key is bound to: `20260102/eu-west-1/s3/aws4_request`. */
export interface Scope {
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export const ALGORITHM = "AWS4-HMAC-SHA256";

/** SHA-256 of no bytes, in hex. */
export const EMPTY_SHA256 = sha256("");

export function scopeText(scope: Scope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

/** Hex SHA-256 of `text`, one byte per character (latin1), so that headers keep the bytes they came with. */
export function sha256(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}

/** Derives the key that signs everything of one secret, day, region and service. */
export function signingKey(secretAccessKey: string, scope: Scope): Buffer {
  const steps = [scope.date, scope.region, scope.service, "aws4_request"];
  return steps.reduce<Buffer>(
    (key, step) => createHmac("sha256", key).update(step).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
}

/** Hex signature of lines joined by line feeds. */
export function sign(key: Buffer, lines: readonly string[]): string {
  return createHmac("sha256", key).update(lines.join("\n"), "latin1").digest("hex");
}

/** Signs a canonical request; `amzDate` is `YYYYMMDDTHHMMSSZ`. */
export function signRequest(
  key: Buffer,
  amzDate: string,
  scope: Scope,
  canonicalRequest: string,
): string {
  return sign(key, [ALGORITHM, amzDate, scopeText(scope), sha256(canonicalRequest)]);
}

/** Compares without telling by its duration where the two differ. */
export function sameSignature(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Parses `YYYYMMDDTHHMMSSZ`; undefined when it is anything else. */
export function parseAmzDate(text: string): Date | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number);
  return new Date(
    Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0),
  );
}

export function formatAmzDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, "");
}
