import { invalid } from "./endpoint.ts";

export const lastEventIdForm = /^\d{1,15}(-settled|-closed)?$/;

/**
 * Where a stream's reader goes on.
 * @throws RequestProblem `invalid-request` for what no event of ours had as its id.
 */
export function lastEventIdOf(header: (name: string) => string | undefined): string | undefined {
  const seen = header("last-event-id");
  if (seen === undefined || lastEventIdForm.test(seen)) return seen;
  const detail = "Expected the id of an event of this stream, such as 17; leave it out to begin.";
  throw invalid([{ in: "header", pointer: "/Last-Event-ID", detail }]);
}
