import { isLoopback } from "../loopback.ts";

/**
 * The origin at which a browser finds this service: as the settings say, else the name of this machine that the request itself names.
 * Undefined: nobody knows, so that nobody can be sent back here.
 */
export function originFor(
  host: string | undefined,
  publicOrigin: string | undefined,
): string | undefined {
  if (publicOrigin !== undefined) return publicOrigin;
  const url = `http://${host ?? ""}`;
  if (host === undefined || !URL.canParse(url)) return undefined;
  const { hostname, origin } = new URL(url);
  return isLoopback(hostname) ? origin : undefined;
}

/** Headers by which a browser says which page sent a request; no page can write them. */
export interface Sender {
  /** The header Origin. */
  origin: string | undefined;
  /** The header Sec-Fetch-Site. */
  fetchSite: string | undefined;
}

/** Whether one of our own pages sent the request: something says so, and nothing says otherwise. */
export function isOwnPage({ origin, fetchSite }: Sender, own: string | undefined): boolean {
  if (origin === undefined && fetchSite === undefined) return false;
  return (
    (origin === undefined || origin === own) &&
    (fetchSite === undefined || fetchSite === "same-origin")
  );
}

/** Whether a browser sent the request for a page of somebody else's. Programs that are no browsers say nothing. */
export function isForeignPage({ origin, fetchSite }: Sender, own: string | undefined): boolean {
  return (
    (origin !== undefined && origin !== own) ||
    (fetchSite !== undefined && !["same-origin", "none"].includes(fetchSite))
  );
}
