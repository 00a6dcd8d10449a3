import { awsPricesIn, PRICES_AS_OF } from "./prices.ts";
import { azurePrices, s3Prices, trafficOf, type End, type Route } from "./route.ts";
import type { Operation, SideUsage, Usage } from "./usage.ts";

export interface CostLine {
  /** `source: GET and other requests`. */
  readonly what: string;
  readonly quantity: number;
  readonly unit: "requests" | "GiB";
  /** Dollars for one of the unit. */
  readonly each: number;
  readonly dollars: number;
}

export interface Estimate {
  readonly dollars: number;
  /** Those that are not nothing. */
  readonly lines: readonly CostLine[];
  readonly pricesAsOf: string;
  /** What the estimate leaves out or assumes. */
  readonly notes: readonly string[];
}

export const GIB = 2 ** 30;
export const TIB = 2 ** 40;

/** What a usage costs by list price. Storage by the month is not part of it. */
export function estimate(usage: Usage, route: Route): Estimate {
  const traffic = trafficOf(route);
  const streamed = usage.target.sent / GIB;
  const lines = [
    ...requestLines("source", usage.source, route.source),
    ...requestLines("target", usage.target, route.target),
    line(
      "source: retrieval",
      (usage.source.received + usage.byUrl) / GIB,
      "GiB",
      s3Prices(route.source).retrieval,
    ),
    // From outside, what leaves the source comes to us first.
    line(
      "traffic out of the source, streamed",
      route.via === "outside" ? usage.source.received / GIB : streamed,
      "GiB",
      traffic.streamed,
    ),
    line("traffic out of the source, by URL", usage.byUrl / GIB, "GiB", traffic.byUrl),
    line("NAT gateway", streamed, "GiB", traffic.nat),
  ].filter(({ dollars }) => dollars > 0);
  const dollars = lines.reduce((sum, one) => sum + one.dollars, 0);
  return { dollars, lines, pricesAsOf: PRICES_AS_OF, notes: notesOf(route) };
}

function requestLines(side: "source" | "target", usage: SideUsage, end: End): CostLine[] {
  const { requests } = usage;
  const of = (what: string, operation: Operation, each: number): CostLine =>
    line(`${side}: ${what}`, requests[operation], "requests", each);
  const azure = azurePrices(end);
  if (azure !== undefined) {
    return [
      of("write operations", "write", azure.write / 10_000),
      of("list operations", "list", azure.list / 10_000),
      of("read operations", "read", azure.read / 10_000),
      of("other operations", "other", azure.other / 10_000),
    ];
  }
  const { put, get } = s3Prices(end);
  return [
    of("PUT, COPY and POST requests", "put", put / 1000),
    of("LIST requests", "list", s3Prices(standard(end)).put / 1000),
    of("GET and other requests", "get", get / 1000),
  ];
}

/** A listing is of a bucket, not of a class. */
function standard(end: End): End {
  return end.cloud === "s3" ? { cloud: "s3", region: end.region } : end;
}

function line(what: string, quantity: number, unit: CostLine["unit"], each: number): CostLine {
  return { what, quantity, unit, each, dollars: quantity * each };
}

function notesOf({ source, target }: Route): string[] {
  const notes: string[] = [];
  for (const end of [source, target]) {
    if (end.cloud === "other")
      notes.push(`There are no prices of ${end.label}: it counts as free.`);
    if (end.cloud !== "s3") continue;
    const { of } = awsPricesIn(end.region);
    if (of !== end.region)
      notes.push(`There are no prices of ${end.region}: those of ${of} are taken.`);
  }
  return notes;
}

/** `$1.23`; below a dollar with what it takes to be seen: `$0.0043`. */
export function showDollars(dollars: number): string {
  if (dollars === 0 || dollars >= 1) return `$${dollars.toFixed(2)}`;
  const digits = Math.min(8, Math.max(2, 1 - Math.floor(Math.log10(dollars))));
  return `$${dollars.toFixed(digits)}`;
}
