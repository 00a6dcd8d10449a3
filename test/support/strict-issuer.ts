import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import { readKeys } from "../../local/issuer/keys.ts";
import { makeStore } from "../../local/issuer/store.ts";

export interface StrictIssuer {
  url: string;
  /** Access tokens that are issued from now on end so many seconds later. */
  tokenSeconds: number;
  close(): Promise<void>;
}

const audience = "urn:causeway:api";
const scope = "openid profile";

/**
 * Another issuer than the local one: it knows the service as a confidential client at one exact address, takes any password, and gives
 * whoever's name has a colon that role.
 */
export async function startStrictIssuer(client: {
  id: string;
  secret: string;
  redirectUri: string;
  keys: string;
}): Promise<StrictIssuer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: StrictIssuer = {
    url,
    tokenSeconds: 3_600,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  const rolesOf = (name: string) => (name.includes(":") ? [`causeway:${name}`] : []);
  const { keys } = await readKeys(client.keys);
  const provider = new Provider(url, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [client.redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    jwks: { keys: [...keys] as never },
    cookies: { keys: ["of-a-test-only"] },
    claims: { openid: ["sub"], profile: ["name"] },
    findAccount: (_context, name) => ({ accountId: name, claims: () => ({ sub: name }) }),
    extraTokenClaims: (_context, token) => ({
      roles: rolesOf(("accountId" in token && token.accountId) || ""),
    }),
    pkce: { required: () => true },
    ttl: {
      AccessToken: () => issuer.tokenSeconds,
      IdToken: 3_600,
      Interaction: 600,
      Session: 3_600,
      Grant: 3_600,
    },
    adapter: makeStore(),
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope,
          audience,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
        useGrantedResource: () => true,
      },
    },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => void answer(request, response));
  return issuer;
}
