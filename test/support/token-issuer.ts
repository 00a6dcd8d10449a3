import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from "jose";

export interface Signer {
  kid: string;
  alg: string;
  key: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

export async function makeSigner(kid: string, alg = "ES256"): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: "sig" };
  return { kid, alg, key: privateKey, publicKey, jwk };
}

/** Publishes whatever keys it is told to, and can fall silent. */
export class TokenIssuer {
  keys: JWK[] = [];
  asked = 0;
  down = false;
  url = "";
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.asked += 1;
      if (this.down) {
        response.writeHead(502).end();
        return;
      }
      const discovery = {
        issuer: this.url,
        jwks_uri: `${this.url}/jwks`,
        authorization_endpoint: `${this.url}/auth`,
        token_endpoint: `${this.url}/token`,
      };
      const body = request.url === "/jwks" ? { keys: this.keys } : discovery;
      response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** What a good token says. */
  claims(more: JWTPayload = {}): JWTPayload {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.url,
      aud: "urn:causeway:api",
      sub: "u-1",
      iat: now,
      exp: now + 300,
      ...more,
    };
  }
}

export function sign(
  payload: JWTPayload,
  by: Signer,
  header: { typ?: string } = {},
): Promise<string> {
  return new SignJWT(payload)
    .setProtectedHeader({ alg: by.alg, kid: by.kid, ...header })
    .sign(by.key);
}
