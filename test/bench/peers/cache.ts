import { homedir } from "node:os";
import { join } from "node:path";

/** Where peers are kept between runs. */
export const CACHE = join(homedir(), ".cache", "causeway", "bench");

export function cached(...parts: string[]): string {
  return join(CACHE, ...parts);
}
