import { z } from "zod";
import { SetupError } from "../errors.ts";
import { isLoopback } from "../loopback.ts";

/** Whose tokens are taken, and what in them says what somebody may do. */
export interface IssuerSettings {
  /** As the tokens' `iss` says it. */
  url: string;
  /** What tokens for this service carry as `aud`. */
  audience: string;
  /** As whom the issuer knows the command and the page, and what they ask it for. */
  clientId: string;
  scope: string;
  /** Claim that lists roles; a path with dots for one inside another. */
  rolesClaim: string;
  /** What of the listed begins so is ours: `causeway:operator`, `causeway:TENANT:admin`. */
  rolesPrefix: string;
  clockToleranceMs: number;
}

export const issuerVariables = {
  CAUSEWAY_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  CAUSEWAY_AUDIENCE: z.string().min(1).default("urn:causeway:api"),
  CAUSEWAY_CLIENT_ID: z.string().min(1).default("causeway"),
  CAUSEWAY_SCOPE: z.string().min(1).default("openid profile offline_access"),
  CAUSEWAY_ROLES_CLAIM: z.string().min(1).default("roles"),
  CAUSEWAY_ROLES_PREFIX: z.string().default("causeway:"),
  CAUSEWAY_CLOCK_TOLERANCE_SECONDS: z.coerce.number().min(0).max(300).default(30),
};

/** @throws SetupError for an issuer whose keys anybody on the way could replace. */
export function issuerOf(
  values: z.output<z.ZodObject<typeof issuerVariables>>,
): IssuerSettings | undefined {
  const url = values.CAUSEWAY_ISSUER;
  if (url === undefined) return undefined;
  const { protocol, hostname } = new URL(url);
  if (protocol !== "https:" && !isLoopback(hostname)) {
    throw new SetupError({
      code: "issuer-not-https",
      subject: "CAUSEWAY_ISSUER",
      message: `CAUSEWAY_ISSUER=${url} would be asked for its keys without TLS.`,
      remedy: "Give its https:// address; http:// is for an issuer on this machine.",
    });
  }
  return {
    url,
    audience: values.CAUSEWAY_AUDIENCE,
    clientId: values.CAUSEWAY_CLIENT_ID,
    scope: values.CAUSEWAY_SCOPE,
    rolesClaim: values.CAUSEWAY_ROLES_CLAIM,
    rolesPrefix: values.CAUSEWAY_ROLES_PREFIX,
    clockToleranceMs: values.CAUSEWAY_CLOCK_TOLERANCE_SECONDS * 1000,
  };
}

/** @throws SetupError when others can reach the service and nobody says who they are. */
export function refuseOpenDoor(host: string, issuer: IssuerSettings | undefined): void {
  if (isLoopback(host) || issuer !== undefined) return;
  throw new SetupError({
    code: "issuer-missing",
    subject: "CAUSEWAY_ISSUER",
    message: `CAUSEWAY_HOST=${host} can be reached from other machines, and no issuer says who calls.`,
    remedy:
      "Set CAUSEWAY_ISSUER to your OpenID Connect issuer's address (and CAUSEWAY_AUDIENCE), or leave CAUSEWAY_HOST at 127.0.0.1. CAUSEWAY_TOKEN alone is not enough: everybody who has it is the same operator.",
  });
}
