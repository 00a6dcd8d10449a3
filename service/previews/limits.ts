import type { Queries } from "../db/database.ts";
import type { Settings } from "../settings.ts";
import type { Limits } from "./judge.ts";

/** What a tenant may build. */
export function limitsFor(
  { settings }: { db: Queries; settings: Settings },
  _tenant: string,
): Promise<Limits> {
  return Promise.resolve(settings.policy);
}
