import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";

/** The issuer's signing keys, kept in a file: tokens outlive a restart. */
export async function readKeys(file: string): Promise<{ keys: JWK[] }> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as { keys: JWK[] };
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  const keys = [{ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: "RS256", use: "sig" }];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ keys }), { mode: 0o600 });
  return { keys };
}
