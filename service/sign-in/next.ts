const longest = 2_000;

/**
 * The whole address of the page that somebody wanted before signing in; the first page when that is not one of ours. Whole, so that what
 * begins with two slashes within our origin is not read as another host.
 */
export function pageAfter(next: string | undefined, origin: string): string {
  const home = `${origin}/`;
  if (next === undefined || next.length > longest || !next.startsWith("/")) return home;
  if (!URL.canParse(next, origin)) return home;
  const url = new URL(next, origin);
  const isOurs = url.origin === origin && url.username === "" && url.password === "";
  // Back to signing in or out would go in circles.
  const isSignIn = /^\/(login|logout)(\/|$)/.test(url.pathname);
  return isOurs && !isSignIn ? url.href : home;
}
