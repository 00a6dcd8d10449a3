const safe = new Set(["GET", "HEAD"]);

/** Whether a request only reads (RFC 9110, 9.2.1); the other safe methods are not served. */
export function isSafe(method: string): boolean {
  return safe.has(method);
}
