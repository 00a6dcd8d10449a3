import { showDuration } from "../../units.ts";

/** `3 min 20 s ago`. */
export function ago(iso: string, now: number = Date.now()): string {
  return `${showDuration(Math.max(0, now - Date.parse(iso)))} ago`;
}
