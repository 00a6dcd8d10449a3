/** Which keys of a source are meant, and what of them is left out of the target's names. */
export type Selection =
  /** All keys that begin with the prefix; names keep what comes after `strip`. */
  | { readonly of: "tree"; readonly prefix: string; readonly strip: string }
  /** One object. */
  | { readonly of: "object"; readonly key: string; readonly strip: string };

/**
 * What a source's path means.
 *
 * Nothing: the whole bucket. `logs/`: everything below, named from there. `logs/2026-*`: all keys that begin so, named from the last slash on. `logs/a.gz`: that object
 * if there is one (`exists` says so), else everything below `logs/a.gz/`.
 */
export function select(path: string, exists: boolean): Selection {
  if (path === "" || path.endsWith("/")) return { of: "tree", prefix: path, strip: path };
  if (path.endsWith("*")) {
    const prefix = path.slice(0, -1);
    return { of: "tree", prefix, strip: folderOf(prefix) };
  }
  if (exists) return { of: "object", key: path, strip: folderOf(path) };
  return { of: "tree", prefix: `${path}/`, strip: `${path}/` };
}

/** Whether only a look at the source tells what the path means. */
export function isUnclear(path: string): boolean {
  return path !== "" && !path.endsWith("/") && !path.endsWith("*");
}

/** How names at the target come from keys: `strip` goes, `prefix` comes. */
export interface Placement {
  readonly strip: string;
  readonly prefix: string;
}

/** Where a selection goes. A tree goes below the target's path. An object takes the path as its name, unless that is a folder: then it keeps its own name in it. */
export function place(selection: Selection, path: string): Placement {
  if (selection.of === "tree") {
    return {
      strip: selection.strip,
      prefix: path === "" || path.endsWith("/") ? path : `${path}/`,
    };
  }
  if (path === "" || path.endsWith("/")) return { strip: selection.strip, prefix: path };
  return { strip: selection.key, prefix: path };
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}
