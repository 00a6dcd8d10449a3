/**
 * Monthly list prices in US dollars, before taxes and discounts, of what rests: what moves is the runtime's matter (runtime/cost).
 * As they are known to have been at the date below; check them against aws.amazon.com/{vpc,fargate,privatelink,kms,cloudwatch,sqs,ecr}/pricing and
 * azure.microsoft.com/pricing/details/storage/blobs.
 */
export const PRICES_AS_OF = "2025-12-01";

export const HOURS_PER_MONTH = 730;

export interface Prices {
  readonly natGatewayHour: number;
  readonly publicAddressHour: number;
  readonly interfaceEndpointHour: number;
  /** Linux, by processor architecture. */
  readonly fargate: Readonly<
    Record<"X86_64" | "ARM64", { readonly cpuHour: number; readonly gigabyteHour: number }>
  >;
  readonly kmsKeyMonth: number;
  readonly alarmMonth: number;
  /** A thousand requests. */
  readonly sqsThousand: number;
}

const IRELAND_AND_VIRGINIA = {
  publicAddressHour: 0.005,
  fargate: {
    X86_64: { cpuHour: 0.04048, gigabyteHour: 0.004445 },
    ARM64: { cpuHour: 0.03238, gigabyteHour: 0.00356 },
  },
  kmsKeyMonth: 1,
  alarmMonth: 0.1,
  sqsThousand: 0.0004,
};

const REGIONS: Readonly<Record<string, Prices>> = {
  "us-east-1": { ...IRELAND_AND_VIRGINIA, natGatewayHour: 0.045, interfaceEndpointHour: 0.01 },
  "us-east-2": { ...IRELAND_AND_VIRGINIA, natGatewayHour: 0.045, interfaceEndpointHour: 0.01 },
  "us-west-2": { ...IRELAND_AND_VIRGINIA, natGatewayHour: 0.045, interfaceEndpointHour: 0.01 },
  "eu-west-1": { ...IRELAND_AND_VIRGINIA, natGatewayHour: 0.048, interfaceEndpointHour: 0.011 },
};

const OTHERWISE = "us-east-1";

/** The region's prices, or those of us-east-1 where the table has none: `of` says whose they are. */
export function pricesIn(region: string): { readonly of: string; readonly prices: Prices } {
  const own = REGIONS[region];
  const other = REGIONS[OTHERWISE];
  if (other === undefined) throw new Error(`No prices of ${OTHERWISE}.`);
  return own === undefined ? { of: OTHERWISE, prices: other } : { of: region, prices: own };
}
