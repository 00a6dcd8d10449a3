import { readFileSync } from "node:fs";
import { z } from "zod";
import { SetupError } from "../errors.ts";
import { isLoopback } from "../loopback.ts";

/** How browsers sign in at the issuer. Times in milliseconds. */
export interface SignInSettings {
  /** The origin that browsers use; undefined: the loopback name that a request names. */
  publicOrigin: string | undefined;
  clientId: string;
  /** undefined: a public client, which PKCE alone protects. */
  clientSecret: string | undefined;
  /** A session ends after this time, however busy; sooner when the issuer's access token does. */
  sessionMs: number;
  /** ... or when nobody used it for this time. */
  idleMs: number;
}

export const signInVariables = {
  CAUSEWAY_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  CAUSEWAY_WEB_CLIENT_ID: z.string().min(1).optional(),
  CAUSEWAY_WEB_CLIENT_SECRET: z.string().min(1).optional(),
  CAUSEWAY_WEB_CLIENT_SECRET_FILE: z.string().min(1).optional(),
  CAUSEWAY_SESSION_HOURS: z.coerce.number().positive().max(720).default(8),
  CAUSEWAY_SESSION_IDLE_MINUTES: z.coerce.number().positive().max(43_200).default(60),
};

type Values = z.output<z.ZodObject<typeof signInVariables>>;

/** @throws SetupError for an address that cookies cannot be safe at, and a secret that cannot be read. */
export function signInSettingsOf(values: Values, clientId: string): SignInSettings {
  return {
    publicOrigin: publicOriginOf(values.CAUSEWAY_PUBLIC_URL),
    clientId: values.CAUSEWAY_WEB_CLIENT_ID ?? clientId,
    clientSecret:
      values.CAUSEWAY_WEB_CLIENT_SECRET ?? secretIn(values.CAUSEWAY_WEB_CLIENT_SECRET_FILE),
    sessionMs: values.CAUSEWAY_SESSION_HOURS * 3_600_000,
    idleMs: values.CAUSEWAY_SESSION_IDLE_MINUTES * 60_000,
  };
}

function publicOriginOf(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const { protocol, hostname, origin, href } = new URL(given);
  const wrong =
    protocol !== "https:" && !isLoopback(hostname)
      ? "would have sessions sent without TLS"
      : href === `${origin}/`
        ? undefined
        : "is more than an origin";
  if (wrong === undefined) return origin;
  throw new SetupError({
    code: "public-url-unusable",
    subject: "CAUSEWAY_PUBLIC_URL",
    message: `CAUSEWAY_PUBLIC_URL=${origin} ${wrong}.`,
    remedy:
      "Give the origin that browsers use, such as https://causeway.example.com; http:// is for this machine.",
  });
}

function secretIn(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const secret = readFileSync(file, "utf8").trim();
    if (secret !== "") return secret;
  } catch (error) {
    throw unreadable(file, error);
  }
  throw unreadable(file, undefined);
}

function unreadable(file: string, cause: unknown): SetupError {
  return new SetupError({
    code: "client-secret-unreadable",
    subject: "CAUSEWAY_WEB_CLIENT_SECRET_FILE",
    message: `No client secret can be read from ${file}.`,
    remedy: "Give a file that holds the secret and nothing else, readable to the service's user.",
    cause,
  });
}
