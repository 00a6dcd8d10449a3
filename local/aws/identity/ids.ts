import { randomBytes, randomInt } from "node:crypto";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** An identifier as IAM makes them: a prefix that tells the kind (AKIA, ASIA, AIDA, AROA, ANPA) and 16 characters. */
export function iamId(prefix: "AKIA" | "ASIA" | "AIDA" | "AROA" | "ANPA"): string {
  return prefix + Array.from({ length: 16 }, () => BASE32[randomInt(32)]).join("");
}

/** 40 characters without `/` and `+`, so that it survives being pasted into a shell or a URL. */
export function secretKey(): string {
  return randomBytes(60)
    .toString("base64")
    .replace(/[^A-Za-z0-9]/g, "")
    .slice(0, 40)
    .padEnd(40, "0");
}

/** The opaque token that goes with temporary credentials. */
export function sessionToken(): string {
  return `CwL${randomBytes(120).toString("base64")}`;
}
