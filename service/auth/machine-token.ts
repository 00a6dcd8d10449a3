import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** `cwt_ID_SECRET`: the id finds its row, the secret proves it. */
const form = /^cwt_([0-9a-z]{20})_([\w-]{43})$/;

export function looksLikeMachineToken(token: string): boolean {
  return token.startsWith("cwt_");
}

export function parseMachineToken(token: string): { id: string; secret: string } | undefined {
  const [, id, secret] = form.exec(token) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** A new secret of 256 random bits. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Nothing else is worth asking the database for. */
export function looksLikeSecret(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

export function writeMachineToken(id: string, secret: string): string {
  return `cwt_${id}_${secret}`;
}

/** A fast hash is right here: 256 random bits cannot be guessed, however fast. */
export function hashOfSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** In constant time; both are digests, so they have one length. */
export function isSecretOf(secret: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashOfSecret(secret), "hex"), Buffer.from(hash, "hex"));
}
