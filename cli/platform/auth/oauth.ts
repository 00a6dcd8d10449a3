import { z } from "zod";
import { NoAccess } from "../../errors.ts";
import type { Session } from "../config-file.ts";

/** What an issuer says of itself (OpenID Connect Discovery, RFC 8414), as far as a device needs it. */
const Issuer = z.object({
  issuer: z.string(),
  device_authorization_endpoint: z.string().optional(),
  token_endpoint: z.string(),
  revocation_endpoint: z.string().optional(),
});
export type Issuer = z.output<typeof Issuer>;

const Device = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.url({ protocol: /^https?$/ }),
  verification_uri_complete: z.url({ protocol: /^https?$/ }).optional(),
  expires_in: z.number(),
  interval: z.number().default(5),
});
export type Device = z.output<typeof Device>;

const Tokens = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  expires_in: z.number().optional(),
});

const Refusal = z.object({ error: z.string(), error_description: z.string().optional() });

/** How this command presents itself to the issuer. */
export interface Registration {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Who the token is for. */
  readonly audience: string;
}

export async function discoverIssuer(issuer: string): Promise<Issuer> {
  const url = `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`;
  const answer = await ask(url, {});
  const found = Issuer.safeParse(await json(answer));
  if (!found.success) throw new NoAccess(`${url} does not describe an OpenID Connect issuer.`);
  return found.data;
}

/** Step one of RFC 8628: a code for the device, and one for whoever confirms it. */
export async function askForDevice(
  issuer: Issuer,
  { clientId, scope, audience }: Registration,
): Promise<Device> {
  const { device_authorization_endpoint: endpoint } = issuer;
  if (endpoint === undefined) {
    throw new NoAccess(
      `${issuer.issuer} gives no codes to devices (RFC 8628). Make a machine token and set CAUSEWAY_TOKEN.`,
    );
  }
  const form = { client_id: clientId, scope, resource: audience, audience };
  const answer = await ask(endpoint, { form });
  const body = await json(answer);
  const device = Device.safeParse(body);
  if (!device.success) throw refused(issuer.issuer, body, answer.status);
  return device.data;
}

/** Step two: asks until somebody has confirmed or refused. */
export async function waitForConfirmation(
  issuer: Issuer,
  { clientId }: Registration,
  device: Device,
  sleep: (ms: number) => Promise<void>,
): Promise<Session> {
  const form = {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: device.device_code,
    client_id: clientId,
  };
  let interval = device.interval;
  const end = Date.now() + device.expires_in * 1000;
  while (Date.now() < end) {
    await sleep(interval * 1000);
    const answer = await ask(issuer.token_endpoint, { form });
    const body = await json(answer);
    const tokens = Tokens.safeParse(body);
    if (answer.ok && tokens.success) return sessionOf(tokens.data, issuer, clientId);
    const { error = "" } = Refusal.safeParse(body).data ?? {};
    if (error === "slow_down") interval += 5;
    else if (error !== "authorization_pending") throw refused(issuer.issuer, body, answer.status);
  }
  throw new NoAccess("Nobody confirmed the code in time. Run causeway login again.");
}

/** A new token for an old session, or undefined when one has to log in again. */
export async function renew(session: Session): Promise<Session | undefined> {
  const { refreshToken, tokenEndpoint, clientId } = session;
  if (refreshToken === undefined || tokenEndpoint === undefined || clientId === undefined) {
    return undefined;
  }
  const form = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId };
  const answer = await ask(tokenEndpoint, { form });
  const tokens = Tokens.safeParse(await json(answer));
  if (!answer.ok || !tokens.success) return undefined;
  const renewed = sessionOf(tokens.data, { token_endpoint: tokenEndpoint }, clientId);
  return { ...renewed, refreshToken: renewed.refreshToken ?? refreshToken };
}

function sessionOf(
  tokens: z.output<typeof Tokens>,
  { token_endpoint: tokenEndpoint }: Pick<Issuer, "token_endpoint">,
  clientId: string,
): Session {
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    expiresAt: tokens.expires_in === undefined ? undefined : Date.now() + tokens.expires_in * 1000,
    tokenEndpoint,
    clientId,
  };
}

async function ask(url: string, { form }: { form?: Record<string, string> }): Promise<Response> {
  try {
    return await fetch(url, {
      signal: AbortSignal.timeout(30_000),
      redirect: "error",
      headers: { accept: "application/json" },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
    });
  } catch (error) {
    throw new NoAccess(`The issuer does not answer at ${url}.`, { cause: error });
  }
}

async function json(answer: Response): Promise<unknown> {
  return answer.json().catch((): unknown => undefined);
}

function refused(issuer: string, body: unknown, status: number): NoAccess {
  const { error = `status ${status}`, error_description = "" } = Refusal.safeParse(body).data ?? {};
  if (error === "access_denied") return new NoAccess("The login was refused in the browser.");
  if (error === "expired_token")
    return new NoAccess("The code has expired. Run causeway login again.");
  return new NoAccess(`${issuer} refuses this login: ${error} ${error_description}`.trimEnd());
}
