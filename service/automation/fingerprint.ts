import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Says whether two secrets are the same without saying what they are: `secret:9f86d081`. */
export type Fingerprint = (value: unknown) => string;

/**
 * Fingerprints under a key: without it, short secrets cannot be guessed by trying. Eight hexadecimal digits tell values apart and cannot
 * be turned back into one.
 */
export function fingerprints(key: Buffer | string): Fingerprint {
  return (value) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `secret:${createHmac("sha256", key).update(text).digest("hex").slice(0, 8)}`;
  };
}

/** Where an installation keeps the key of its fingerprints. */
export function fingerprintKeyFile(home: string): string {
  return join(home, "service", "fingerprint.key");
}

/** Reads the key; makes it, readable by its owner only, when it is not there. */
export function fingerprintKey(file: string): Buffer {
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, randomBytes(32), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(file);
}
