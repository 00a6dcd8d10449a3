import { awsPricesIn, azureTiers, type AzureTierPrices, type S3ClassPrices } from "./prices.ts";

/** One end of a copy, as far as its price goes. */
export type End =
  | { readonly cloud: "s3"; readonly region: string; readonly storageClass?: string | undefined }
  | { readonly cloud: "azure-blob"; readonly tier?: string | undefined }
  /** A store that we have no prices of: it counts as free, and the estimate says so. */
  | { readonly cloud: "other"; readonly label: string };

export interface Route {
  readonly source: End;
  readonly target: End;
  /**
   * Where the copying process runs: in the source's region with a gateway endpoint for S3 and a NAT gateway (`nat`) or a public address (`public`) to the rest of
   * the world, or `outside` of both clouds.
   */
  readonly via: "nat" | "public" | "outside";
}

/** Dollars for a GiB, by how it travels. */
export interface Traffic {
  /** Out of the source's cloud, read by us or by the target's cloud. */
  readonly streamed: number;
  readonly byUrl: number;
  /** Through a NAT gateway; by URL nothing goes through it. */
  readonly nat: number;
}

export function trafficOf({ source, target, via }: Route): Traffic {
  if (source.cloud !== "s3") return { streamed: 0, byUrl: 0, nat: 0 };
  const { prices } = awsPricesIn(source.region);
  const between = betweenRegions(source, target);
  const across = between === "same" ? 0 : between === "regions" ? prices.region : prices.internet;
  const streamed = via === "outside" ? prices.internet : across;
  // Within a region both sides are behind the gateway endpoint.
  const nat = via === "nat" && between !== "same" ? prices.nat : 0;
  return { streamed, byUrl: across, nat };
}

function betweenRegions(source: { region: string }, target: End): "same" | "regions" | "internet" {
  if (target.cloud !== "s3") return "internet";
  const partition = (region: string): string => (region.startsWith("cn-") ? "cn" : "aws");
  if (partition(source.region) !== partition(target.region)) return "internet";
  return source.region === target.region ? "same" : "regions";
}

const noPrices: S3ClassPrices = { put: 0, get: 0, retrieval: 0, storage: 0 };

export function s3Prices(end: End): S3ClassPrices {
  if (end.cloud !== "s3") return noPrices;
  const { s3 } = awsPricesIn(end.region).prices;
  return s3[end.storageClass ?? "STANDARD"] ?? s3["STANDARD"] ?? noPrices;
}

export function azurePrices(end: End): AzureTierPrices | undefined {
  return end.cloud === "azure-blob"
    ? (azureTiers[end.tier ?? "Hot"] ?? azureTiers["Hot"])
    : undefined;
}
