import { AwsError } from "../contract.ts";
import { canonicalHeaders, queryPairs, splitTarget } from "./canonical.ts";
import type { WireRequest } from "./canonical.ts";
import { ALGORITHM, parseAmzDate } from "./signature.ts";
import type { Scope } from "./signature.ts";

/** What a request says about its own signature, before anything is checked. */
export interface Claim {
  readonly presigned: boolean;
  readonly accessKeyId: string;
  readonly scope: Scope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly amzDate: string;
  readonly signedAt: Date;
  /** Seconds from `signedAt`; only presigned requests have it. */
  readonly expiresIn?: number;
  readonly sessionToken?: string;
  /** The declared x-amz-content-sha256, from the header or the presigned query. */
  readonly payload?: string;
}

const WEEK = 604_800;

/** Reads the signature of a request from its header or its query; undefined when it carries none. */
export function readClaim(request: WireRequest): Claim | undefined {
  const headers = canonicalHeaders(request.rawHeaders);
  const query = new Map(queryPairs(splitTarget(request.target).query));
  const authorization = headers.get("authorization");
  const inQuery = query.has("X-Amz-Algorithm") || query.has("X-Amz-Signature");
  if (authorization === undefined) return inQuery ? fromQuery(query, headers) : undefined;
  if (inQuery) {
    throw new AwsError(
      "InvalidArgument",
      400,
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
    );
  }
  return fromHeader(authorization, headers);
}

function fromHeader(authorization: string, headers: ReadonlyMap<string, string>): Claim {
  if (!authorization.startsWith(ALGORITHM)) throw onlyVersion4();
  const field = (name: string): string => {
    const match = new RegExp(`[ ,]${name}=([^,\\s]+)`).exec(authorization);
    if (match?.[1] === undefined) throw malformedHeader(`missing ${name}`);
    return match[1];
  };
  const amzDate = headers.get("x-amz-date") ?? dateHeader(headers.get("date"));
  const signedAt = amzDate === undefined ? undefined : parseAmzDate(amzDate);
  if (amzDate === undefined || signedAt === undefined) {
    throw new AwsError(
      "AccessDenied",
      403,
      "AWS authentication requires a valid Date or x-amz-date header",
    );
  }
  const token = headers.get("x-amz-security-token");
  const payload = headers.get("x-amz-content-sha256");
  return {
    presigned: false,
    ...readCredential(field("Credential"), amzDate, malformedHeader),
    signedHeaders: field("SignedHeaders").split(";"),
    signature: field("Signature"),
    amzDate,
    signedAt,
    ...(token === undefined ? {} : { sessionToken: token }),
    ...(payload === undefined ? {} : { payload }),
  };
}

function fromQuery(
  query: ReadonlyMap<string, string>,
  headers: ReadonlyMap<string, string>,
): Claim {
  const field = (name: string): string => {
    const value = query.get(name);
    if (value === undefined) {
      throw badQuery(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
      );
    }
    return value;
  };
  if (field("X-Amz-Algorithm") !== ALGORITHM) {
    throw badQuery(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  }
  const amzDate = field("X-Amz-Date");
  const signedAt = parseAmzDate(amzDate);
  if (!signedAt) {
    throw badQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  }
  const token = query.get("X-Amz-Security-Token");
  const payload = query.get("X-Amz-Content-Sha256") ?? headers.get("x-amz-content-sha256");
  return {
    presigned: true,
    ...readCredential(field("X-Amz-Credential"), amzDate, badQuery),
    signedHeaders: field("X-Amz-SignedHeaders").split(";"),
    signature: field("X-Amz-Signature"),
    amzDate,
    signedAt,
    expiresIn: readExpiry(field("X-Amz-Expires")),
    ...(token === undefined ? {} : { sessionToken: token }),
    ...(payload === undefined ? {} : { payload }),
  };
}

function readExpiry(text: string): number {
  if (!/^-?\d+$/.test(text)) throw badQuery("X-Amz-Expires should be a number");
  const seconds = Number(text);
  if (seconds < 0) throw badQuery("X-Amz-Expires must be non-negative");
  if (seconds > WEEK) {
    throw badQuery(
      "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
    );
  }
  return seconds;
}

function readCredential(
  text: string,
  amzDate: string,
  refuse: (why: string) => AwsError,
): { accessKeyId: string; scope: Scope } {
  const parts = text.split("/");
  const [terminal, service, region, date] = parts.slice(-4).reverse();
  const accessKeyId = parts.slice(0, -4).join("/");
  if (parts.length < 5 || !accessKeyId || !service || !region || !date) {
    throw refuse(
      `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request"`,
    );
  }
  if (terminal !== "aws4_request") {
    throw refuse(`incorrect terminal "${terminal ?? ""}". This endpoint uses "aws4_request".`);
  }
  if (!amzDate.startsWith(date)) {
    throw refuse(`Invalid credential date "${date}". This date is not the same as X-Amz-Date.`);
  }
  return { accessKeyId, scope: { date, region, service } };
}

function dateHeader(text: string | undefined): string | undefined {
  const time = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function malformedHeader(why: string): AwsError {
  return new AwsError(
    "AuthorizationHeaderMalformed",
    400,
    `The authorization header is malformed; ${why}.`,
  );
}

function badQuery(why: string): AwsError {
  return new AwsError("AuthorizationQueryParametersError", 400, why);
}

function onlyVersion4(): AwsError {
  return new AwsError(
    "InvalidRequest",
    400,
    `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`,
  );
}
