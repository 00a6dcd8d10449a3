/** A blob's name as it goes into a URL's path: slashes stand, everything else is encoded. */
export function encodeBlobName(name: string): string {
  return PLAIN.test(name) ? name : name.split("/").map(encodeURIComponent).join("/");
}

/** What needs no encoding; most names do not. */
const PLAIN = /^[A-Za-z0-9\-._~/]*$/;
