import { program as today } from "../../../infra/program.ts";

/** The product's program as it would be run a day from now. */
export function program(): Promise<Record<string, unknown>> {
  return today(new Date(Date.now() + 24 * 3600 * 1000));
}
