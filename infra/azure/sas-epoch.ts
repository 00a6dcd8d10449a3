/** One epoch. A SAS made in it is good until the end of the next, so an `up` within every epoch never lets one lapse. */
const EPOCH_DAYS = 30;
const EPOCH_MILLISECONDS = EPOCH_DAYS * 24 * 3_600_000;

/**
 * When a SAS that is made now ends: a pure step function of time, so that an unchanged program has no diff
 * until the epoch turns, and then exactly one.
 * @param anchor the ISO date from which epochs are counted; the stack's first day.
 * @returns an ISO 8601 instant in whole seconds, between one and two epochs (30 and 60 days) after `now`.
 */
export function sasExpiry(anchor: string, now: Date): string {
  const start = Date.parse(`${anchor}T00:00:00Z`);
  const epoch = Math.floor((now.getTime() - start) / EPOCH_MILLISECONDS);
  const end = new Date(start + (epoch + 2) * EPOCH_MILLISECONDS);
  return `${end.toISOString().slice(0, 19)}Z`;
}
