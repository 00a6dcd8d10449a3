import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BackendObjects } from "./objects.ts";

/** A folder. The engine lists one folder of it at a time, and so do we. */
export function fileObjects(url: URL): BackendObjects {
  const root = fileURLToPath(new URL(url.pathname, "file://"));
  return {
    list: async (prefix) => {
      const names = await readdir(join(root, prefix)).catch(absent([]));
      return names.map((name) => `${prefix}${name}`);
    },
    read: (key) => readFile(join(root, key), "utf8").catch(absent(undefined)),
    close: () => undefined,
  };
}

function absent<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return instead;
    throw error;
  };
}
