/** The cookies of a request; of several with one name the first, which is the most specific. */
export function cookiesOf(header: string | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of (header ?? "").split(";")) {
    const [name = "", ...value] = pair.split("=");
    if (!found.has(name.trim())) found.set(name.trim(), value.join("=").trim());
  }
  return found;
}

/**
 * Over TLS `__Host-`: the browser then takes it from this host alone, by TLS, for all paths. On this machine without TLS the port is part
 * of the name: cookies are shared by all ports.
 */
export function cookieName(origin: string, what: string): string {
  const { protocol, port } = new URL(origin);
  return protocol === "https:" ? `__Host-causeway-${what}` : `causeway-${what}-${port || "80"}`;
}

/** Never for scripts, and not with what other sites' pages send, but with the links on them. @param seconds - 0 forgets it. */
export function cookie(origin: string, name: string, value: string, seconds: number): string {
  const secure = origin.startsWith("https:") ? "; Secure" : "";
  return `${name}=${value}; Path=/; Max-Age=${Math.max(0, Math.floor(seconds))}; HttpOnly; SameSite=Lax${secure}`;
}
