import { record, textMap } from "../framework/access.ts";
import { isRecord, type Props } from "../wire/values.ts";
import { fromApi, toApi } from "./casing.ts";
import { tagList, tagMap } from "./clients.ts";

/** A rule as S3 wants it: dates as dates, the tags of an `and` filter as a list. */
export function apiRule(rule: Props): unknown {
  const api = toApi(rule) as Record<string, unknown>;
  const and = record(record(rule, "filter") ?? {}, "and");
  const tags = and && tagList(textMap(and, "tags"));
  if (tags !== undefined && tags.length > 0) {
    const filter = api["Filter"] as { And: Record<string, unknown> };
    filter.And["Tags"] = tags;
  }
  for (const part of ["Expiration", "Transitions"]) withDates(api[part]);
  return api;
}

export function liveRule(rule: unknown): Props {
  const live = fromApi(rule);
  if (!isRecord(live)) return {};
  const { And } = (rule as { Filter?: { And?: { Tags?: never[] } } }).Filter ?? {};
  const and = record(record(live, "filter") ?? {}, "and");
  if (and !== undefined && And?.Tags !== undefined) and["tags"] = tagMap(And.Tags);
  return live;
}

function withDates(part: unknown): void {
  for (const one of [part].flat() as (Record<string, unknown> | undefined)[]) {
    if (typeof one?.["Date"] === "string") one["Date"] = new Date(one["Date"]);
  }
}
