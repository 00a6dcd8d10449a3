import type { CloudService } from "../errors.ts";

/**
 * What to do about a request that failed. `retry`: the same again, soon. `slow`: the same again, later, the cloud is busy.
 * `re-sign`: with fresh credentials or a fresh SAS. `re-decide`: what the decision saw has changed, look again. `by-stream`: the target's cloud cannot
 * read this source by itself, we can. `hold`: nothing we do helps until someone acts on the object. `fail`: nothing we do helps.
 */
export type RetryClass = "retry" | "slow" | "re-sign" | "re-decide" | "by-stream" | "hold" | "fail";

export interface Failure {
  readonly service: CloudService;
  /** 0: no answer. */
  readonly status: number;
  readonly code: string;
}

/** Codes that mean the same from every service. */
const ANYWHERE: Readonly<Record<string, RetryClass>> = {
  Network: "retry",
  TimedOut: "retry",
  Truncated: "retry",
  ChecksumMismatch: "retry",
  NoCredentials: "retry",
  TooLong: "re-decide",
  // Ours: the target's cloud has tried to read the source by its URL, and could not.
  CannotReadSource: "by-stream",
};

/** The table of errors, by the clouds' own codes; what is not in it goes by its status. */
const TABLE: Readonly<Record<CloudService, Readonly<Record<string, RetryClass>>>> = {
  s3: {
    InternalError: "retry",
    RequestTimeout: "retry",
    BadDigest: "retry",
    IncompleteBody: "retry",
    XAmzContentSHA256Mismatch: "retry",
    OperationAborted: "retry",
    Throttling: "slow",
    ThrottlingException: "slow",
    RequestLimitExceeded: "slow",
    BandwidthLimitExceeded: "slow",
    SlowDown: "slow",
    ServiceUnavailable: "slow",
    TooManyRequests: "slow",
    ExpiredToken: "re-sign",
    TokenRefreshRequired: "re-sign",
    InvalidAccessKeyId: "re-sign",
    RequestTimeTooSkewed: "re-sign",
    RequestExpired: "re-sign",
    PreconditionFailed: "re-decide",
    ConditionalRequestConflict: "re-decide",
    NoSuchKey: "re-decide",
    NoSuchVersion: "re-decide",
    NoSuchUpload: "re-decide",
    InvalidPart: "re-decide",
    InvalidPartOrder: "re-decide",
    InvalidRange: "re-decide",
    // 501, but no repetition helps: servers that speak less than all of S3.
    NotImplemented: "fail",
    RestoreAlreadyInProgress: "hold",
    InvalidObjectState: "hold",
    Archived: "hold",
    CustomerKeyNeeded: "hold",
    RequesterPays: "hold",
    ObjectLocked: "hold",
  },
  azure: {
    InternalError: "retry",
    OperationTimedOut: "retry",
    // Only sent along with a copy by URL: the source's bytes are others than its ETag says.
    Md5Mismatch: "re-decide",
    Crc64Mismatch: "retry",
    CannotVerifyCopySource: "by-stream",
    CopyAcrossAccountsNotSupported: "by-stream",
    UnsupportedCopySource: "by-stream",
    SourceConditionNotMet: "re-decide",
    // Ours, for what the source said to Azure.
    SourceNotFound: "re-decide",
    SourceBusy: "slow",
    TargetConditionNotMet: "re-decide",
    PendingCopyOperation: "hold",
    ServerBusy: "slow",
    AccountBeingCreated: "slow",
    ContainerBeingDeleted: "slow",
    BlobBeingRehydrated: "hold",
    AuthenticationFailed: "re-sign",
    SasExpired: "re-sign",
    ConditionNotMet: "re-decide",
    BlobAlreadyExists: "re-decide",
    BlobNotFound: "re-decide",
    InvalidBlockList: "re-decide",
    // Another tool's blocks came in between: the next look takes ids of their length.
    InvalidBlobOrBlock: "re-decide",
    ForeignBlocks: "hold",
    BlockCountExceedsLimit: "hold",
    BlobAccessTierNotSupportedForAccountType: "hold",
    BlobArchived: "hold",
    BlobImmutableDueToPolicy: "hold",
    BlobImmutableDueToLegalHold: "hold",
    LeaseAlreadyPresent: "hold",
    LeaseIdMismatchWithBlobOperation: "hold",
    LeaseIdMissing: "hold",
    LeaseLost: "hold",
    InvalidBlobType: "hold",
  },
  sqs: {
    ThrottlingException: "slow",
    RequestThrottled: "slow",
    OverLimit: "slow",
    ExpiredToken: "re-sign",
    ExpiredTokenException: "re-sign",
    InvalidClientTokenId: "re-sign",
    RequestExpired: "re-sign",
    RequestTimeTooSkewed: "re-sign",
  },
  ssm: {
    ThrottlingException: "slow",
    TooManyUpdates: "slow",
    InternalServerError: "retry",
    ExpiredTokenException: "re-sign",
    UnrecognizedClientException: "re-sign",
    RequestExpired: "re-sign",
    InvalidSignatureException: "re-sign",
  },
};

export function retryClass(failure: Failure): RetryClass {
  const known = ANYWHERE[failure.code] ?? TABLE[failure.service][failure.code];
  if (known !== undefined) return known;
  if (failure.status === 503 || failure.status === 429) return "slow";
  if (failure.status === 0 || failure.status === 408 || failure.status >= 500) return "retry";
  if (failure.status === 412) return "re-decide";
  return "fail";
}

/**
 * Whether trouble that outlasted a worker's own attempts may pass, so that the message should come again rather than the object fail. What SSM
 * refuses is never the object's fault. Undefined: an error of ours, which may pass too.
 */
export function isPatient(failure: Failure | undefined): boolean {
  if (failure === undefined || failure.service === "ssm") return true;
  const kind = retryClass(failure);
  return kind !== "fail" && kind !== "hold";
}

/** Where the waits of a class start and end, in milliseconds. */
const WAITS = { retry: { base: 100, cap: 5_000 }, slow: { base: 500, cap: 20_000 } } as const;

/**
 * How long to wait before attempt `attempt + 1` (attempts count from 1), in milliseconds: full jitter (a uniform share of a ceiling that
 * doubles), on top of what the cloud asked for. `random` gives [0, 1).
 */
export function backoffMs(
  kind: "retry" | "slow",
  attempt: number,
  random: () => number,
  retryAfterMs = 0,
): number {
  const { base, cap } = WAITS[kind];
  const ceiling = Math.min(cap, base * 2 ** Math.min(attempt - 1, 16));
  return Math.round(retryAfterMs + random() * ceiling);
}

/**
 * How long a message stays invisible before the object is tried again, in seconds: full jitter between one second and a ceiling of
 * 5, 20, 80 ... 900 seconds by how often it has been received.
 */
export function redeliverySeconds(receiveCount: number, random: () => number): number {
  const ceiling = Math.min(900, 5 * 4 ** Math.min(receiveCount - 1, 6));
  return 1 + Math.floor(random() * ceiling);
}
