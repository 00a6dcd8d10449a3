import Provider, { type Configuration, type KoaContextWithOIDC } from "oidc-provider";
import type { JWK } from "jose";
import type { Account } from "./accounts.ts";
import { escaped, page } from "./pages.ts";
import { makeStore } from "./store.ts";

export const clientId = "causeway";
/** What tokens for the service carry as `aud`; clients ask for it as a resource. */
export const audience = "urn:causeway:api";
/** Of browsers that sign in at the service. */
export const webClientId = "causeway-web";
export const startClientId = "causeway-start";

const scope = "openid profile offline_access";
const deviceFlow = "urn:ietf:params:oauth:grant-type:device_code";
const hour = 3600;

export interface ProviderOptions {
  readonly issuer: string;
  readonly accounts: readonly Account[];
  readonly keys: readonly JWK[];
  /** Of whoever started everything, who is an operator. */
  readonly startSecret: string;
}

/** A certified OpenID provider, with the demo accounts. Sessions and grants live as long as the process, keys as long as the folder. */
export function makeProvider(options: ProviderOptions): Provider {
  return new Provider(options.issuer, configuration(options));
}

function configuration({ accounts, keys, startSecret }: ProviderOptions): Configuration {
  const find = (name: string) => accounts.find((account) => account.name === name);
  const claimsOf = (name: string) => ({
    sub: name,
    preferred_username: name,
    roles: find(name)?.roles ?? [],
  });
  return {
    adapter: makeStore(),
    clients: [
      {
        client_id: clientId,
        client_name: "Causeway",
        // The command keeps no secrets: PKCE, and any port of this machine.
        token_endpoint_auth_method: "none",
        application_type: "native",
        grant_types: ["authorization_code", "refresh_token", deviceFlow],
        response_types: ["code"],
        redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback"],
      },
      {
        client_id: webClientId,
        client_name: "Causeway, in a browser",
        token_endpoint_auth_method: "none",
        // So that the service may be at any port of this machine.
        application_type: "native",
        grant_types: ["authorization_code"],
        response_types: ["code"],
        redirect_uris: ["http://127.0.0.1/login/callback", "http://localhost/login/callback"],
      },
      {
        client_id: startClientId,
        client_secret: startSecret,
        grant_types: ["client_credentials"],
        response_types: [],
        redirect_uris: [],
      },
    ],
    jwks: { keys: [...keys] as NonNullable<Configuration["jwks"]>["keys"] },
    cookies: { keys: [startSecret] },
    claims: { openid: ["sub"], profile: ["preferred_username", "roles"] },
    // The roles are wanted in the access token, which is all that the service sees.
    extraTokenClaims: (_context, token) =>
      token.kind === "ClientCredentials"
        ? { preferred_username: "npm start", roles: ["causeway:operator"] }
        : claimsOf(("accountId" in token && token.accountId) || ""),
    findAccount: (_context, name) =>
      find(name) && { accountId: name, claims: () => claimsOf(name) },
    loadExistingGrant: grantEverything,
    issueRefreshToken: () => true,
    pkce: { required: () => true },
    ttl: {
      AccessToken: hour,
      ClientCredentials: 300,
      DeviceCode: 600,
      Session: 14 * 24 * hour,
      Grant: 14 * 24 * hour,
      RefreshToken: 14 * 24 * hour,
      IdToken: hour,
      Interaction: hour,
    },
    interactions: { url: (_context, { uid }) => `/login/${uid}` },
    clientBasedCORS: (_context, _origin, client) => client.clientId === clientId,
    renderError: (context, { error, error_description }) => {
      context.type = "html";
      context.body = page(
        "That did not work",
        `<p class="wrong" role="alert">${escaped(error)}: ${escaped(error_description ?? "")}</p>`,
      );
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: devicePages,
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope,
          audience,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  };
}

/** The demo's own client needs nobody's consent. */
async function grantEverything(context: KoaContextWithOIDC) {
  const { client, session, provider, account } = context.oidc;
  if (client === undefined || account === undefined) return undefined;
  const known = session?.grantIdFor(client.clientId);
  const found = known === undefined ? undefined : await provider.Grant.find(known);
  const grant =
    found ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  grant.addOIDCScope(scope);
  grant.addResourceScope(audience, scope);
  await grant.save();
  return grant;
}

const devicePages: NonNullable<NonNullable<Configuration["features"]>["deviceFlow"]> = {
  enabled: true,
  userCodeInputSource: (context, form, _out, error) => {
    const complaint =
      error === undefined
        ? ""
        : `<p class="wrong" role="alert">That code is not known, or has been used, or is too old.</p>`;
    context.body = page(
      "Confirm a login",
      `${complaint}<p>The code that the command shows:</p>${form}<button form="op.deviceInputForm">Go on</button>`,
    );
  },
  userCodeConfirmSource: (context, form, _client, _device, userCode) => {
    context.body = page(
      "Confirm a login",
      `<p>A command asks to log in as you. Does it show this code?</p><p><code>${escaped(userCode)}</code></p>${form}
       <button form="op.deviceConfirmForm">Yes, log it in</button><button class="second" form="op.deviceConfirmForm" name="abort" value="yes">No</button>`,
    );
  },
  successSource: (context) => {
    context.body = page(
      "You are logged in",
      "<p>Go back to the command; this page can be closed.</p>",
    );
  },
};
