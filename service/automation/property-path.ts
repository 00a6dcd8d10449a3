/**
 * Follows a property path as the engine writes it, `a.b[0]["c.d"]`; undefined where it leads nowhere.
 * @param ends whether the path ends at a value, though it goes on.
 */
export function atPath(
  value: unknown,
  path: string,
  ends: (value: unknown) => boolean = () => false,
): unknown {
  let here = value;
  for (const match of path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)) {
    if (ends(here)) return here;
    if (typeof here !== "object" || here === null) return undefined;
    const key = match[1]?.replaceAll(/\\(.)/g, "$1") ?? match[2] ?? match[3] ?? "";
    here = Object.hasOwn(here, key) ? (here as Record<string, unknown>)[key] : undefined;
  }
  return here;
}
