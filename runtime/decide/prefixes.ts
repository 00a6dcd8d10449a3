/** A key as its target calls it before encoding; undefined when the key is not below what is stripped. */
export function rebase(key: string, strip: string, prefix: string): string | undefined {
  return key.startsWith(strip) ? prefix + key.slice(strip.length) : undefined;
}

/** The inverse of `rebase`. */
export function unbase(name: string, strip: string, prefix: string): string | undefined {
  return name.startsWith(prefix) ? strip + name.slice(prefix.length) : undefined;
}
