/**
 * List prices in US dollars of what a copy uses: requests, retrieval, traffic. On demand, before taxes, discounts and free tiers; of tiered prices the first tier. What
 * rests (NAT gateways by the hour, tasks) is the program's matter. Sources: aws.amazon.com/{s3,ec2,vpc,dynamodb,sqs}/pricing and
 * azure.microsoft.com/pricing/details/{storage/blobs,bandwidth} (East US 2, LRS). A "GB" of these pages is 2^30 bytes.
 */
export const PRICES_AS_OF = "2025-12-01";

export interface S3ClassPrices {
  /** A thousand PUT, COPY, POST or LIST requests. */
  readonly put: number;
  /** A thousand GET and all other requests; DELETE and cancelling are free. */
  readonly get: number;
  /** A GiB read. */
  readonly retrieval: number;
  /** A GiB for a month. */
  readonly storage: number;
}

export interface AwsPrices {
  readonly s3: Readonly<Record<string, S3ClassPrices>>;
  /** A GiB out to the internet. */
  readonly internet: number;
  /** A GiB to another region of AWS. */
  readonly region: number;
  /** A GiB through a NAT gateway, either way. */
  readonly nat: number;
}

/** By access tier. */
export interface AzureTierPrices {
  /** Ten thousand each; deletes are free. */
  readonly write: number;
  readonly list: number;
  readonly read: number;
  readonly other: number;
  /** A GiB read. */
  readonly retrieval: number;
  /** A GiB for a month. */
  readonly storage: number;
}

const us = {
  STANDARD: { put: 0.005, get: 0.0004, retrieval: 0, storage: 0.023 },
  INTELLIGENT_TIERING: { put: 0.005, get: 0.0004, retrieval: 0, storage: 0.023 },
  STANDARD_IA: { put: 0.01, get: 0.001, retrieval: 0.01, storage: 0.0125 },
  ONEZONE_IA: { put: 0.01, get: 0.001, retrieval: 0.01, storage: 0.01 },
  GLACIER_IR: { put: 0.02, get: 0.01, retrieval: 0.03, storage: 0.004 },
  GLACIER: { put: 0.03, get: 0.0004, retrieval: 0.01, storage: 0.0036 },
  DEEP_ARCHIVE: { put: 0.05, get: 0.0004, retrieval: 0.02, storage: 0.00099 },
} as const;

const virginia: AwsPrices = { s3: us, internet: 0.09, region: 0.02, nat: 0.045 };

const regions: Readonly<Record<string, AwsPrices>> = {
  "us-east-1": virginia,
  "us-east-2": virginia,
  "us-west-2": virginia,
  "eu-west-1": { ...virginia, nat: 0.048 },
  "eu-central-1": {
    s3: { ...us, STANDARD: { put: 0.0054, get: 0.00043, retrieval: 0, storage: 0.0245 } },
    internet: 0.09,
    region: 0.02,
    nat: 0.052,
  },
};

/** The region's prices, or those of us-east-1 where the table has none: `of` says whose they are. */
export function awsPricesIn(region: string): { readonly of: string; readonly prices: AwsPrices } {
  const own = regions[region];
  return own === undefined ? { of: "us-east-1", prices: virginia } : { of: region, prices: own };
}

export const azureTiers: Readonly<Record<string, AzureTierPrices>> = {
  Hot: { write: 0.055, list: 0.055, read: 0.0044, other: 0.0044, retrieval: 0, storage: 0.0184 },
  Cool: { write: 0.1, list: 0.055, read: 0.01, other: 0.0044, retrieval: 0.01, storage: 0.01 },
  Cold: { write: 0.18, list: 0.065, read: 0.1, other: 0.0052, retrieval: 0.03, storage: 0.0036 },
  Archive: { write: 0.11, list: 0.055, read: 5.5, other: 0.0044, retrieval: 0.022, storage: 0.002 },
};

/** A GiB out of Azure to the internet. */
export const azureInternet = 0.087;

/** What other designs pay for besides: a million of each. */
export const dynamoWriteMillion = 0.625;
export const sqsRequestMillion = 0.4;
