/**
 * What a copy needs of the clouds, in our own words. SDKs, wire formats and signatures stay in the adapters. Requests that fail throw a
 * `CloudError`; an adapter repeats what its class says to repeat (retry, slow, re-sign) a few times before it gives up.
 */

/** What every read of an object is bound to: its version, or where the bucket keeps none, its ETag. */
export interface Pin {
  /** The version id; absent where the bucket keeps no versions of it. */
  readonly version?: string;
  /** Without quotes. */
  readonly etag: string;
  /** What the ledger and the target's marks show: the version id, else the ETag. */
  readonly text: string;
}

export interface ContentHeaders {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly expires?: string | undefined;
}

/** The keys of a listing: those that begin with `prefix`, after `after` (excluded) and up to `upTo` (included), by the order of their UTF-8 bytes. */
export interface KeyRange {
  readonly prefix: string;
  readonly after?: string | undefined;
  readonly upTo?: string | undefined;
}

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. S3 lists whole seconds on some servers, milliseconds on others. */
  readonly modified: number;
  /** `GLACIER`, `STANDARD_IA` ...; undefined where the listing does not say. */
  readonly storageClass?: string | undefined;
}

export interface SourceObject {
  readonly key: string;
  readonly pin: Pin;
  /** Bytes. */
  readonly size: number;
  /** Last-Modified, ISO 8601. */
  readonly modified: string;
  readonly content: ContentHeaders;
  /** User metadata: lower-case names, values decoded. */
  readonly metadata: Readonly<Record<string, string>>;
  /** How many tags it has, where the source says. */
  readonly tagCount?: number;
  readonly storageClass?: string;
  /** CRC-64/NVME of the whole object, where the source keeps it. */
  readonly crc64?: bigint;
  /** CRC-32 of the whole object (zlib's), where the source keeps it. */
  readonly crc32?: number;
  /** MD5 of the whole object (16 bytes), where the source's ETag may be one: some servers have ETags that only look so. */
  readonly md5?: Buffer;
  /** Why its bytes cannot be read now: the storage class that archives it. */
  readonly archived?: string;
  /** A restore is under way. */
  readonly restoring?: boolean;
}

export type SourceSide =
  { readonly state: "absent" } | { readonly state: "present"; readonly object: SourceObject };

/** Bytes `start` to `end`, `end` excluded. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** How a target's cloud reads one object at its pin by itself. */
export interface Reference {
  readonly key: string;
  readonly pin: Pin;
  /** A fresh presigned URL for one request: it never outlives the credentials that signed it. Not a promise where these are at hand. */
  url(signal: AbortSignal): string | Promise<string>;
  /** Where the object lies, for an S3 that copies between its own buckets. */
  readonly s3: { readonly origin: string; readonly bucket: string; readonly region: string };
}

/** How an archived object is asked for. */
export interface Restore {
  /** How long it is then kept readable. */
  readonly days: number;
  readonly tier: "bulk" | "standard" | "expedited";
}

export interface Source {
  /** `s3://bucket`, for people. */
  readonly label: string;
  /** Pages of a listing, in the order of the keys' UTF-8 bytes. */
  list(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly ListedObject[]>;
  /** The object as it is now. */
  look(key: string, signal: AbortSignal): Promise<SourceSide>;
  /**
   * A small object in one request: what it is, and its bytes in `into`. With `etag`, only that one: throws a CloudError of class `re-decide` when it is another
   * by now. `TooLong`, without reading the body, when it does not fit; `Archived` objects throw class `hold`.
   */
  fetch(
    key: string,
    etag: string | undefined,
    into: Buffer,
    signal: AbortSignal,
  ): Promise<SourceSide>;
  /**
   * The bytes of a range of exactly the pinned object into the beginning of `into`: one request, not repeated. Throws a CloudError of class `re-decide`
   * when the object is no longer what was pinned, `Truncated` when fewer bytes came than were asked for: its `received` says how many are there.
   */
  read(key: string, pin: Pin, range: Range, into: Buffer, signal: AbortSignal): Promise<void>;
  /** Undefined: this source can only be read by us (customer-provided keys, no way to presign). */
  reference(key: string, pin: Pin): Reference | undefined;
  /** The object's tags, by name. */
  tags(key: string, pin: Pin, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Asks for an archived object to be readable for some days; asking again is no error. */
  restore(key: string, pin: Pin, how: Restore, signal: AbortSignal): Promise<void>;
}

/** What a copy writes on its target: which object it holds. */
export interface Marks {
  readonly pin: string;
  /** The source's ETag where the pin is a version, for listings show no versions; absent where the pin is the ETag itself. */
  readonly etag?: string | undefined;
  readonly size: number;
  /** Last-Modified of the source, ISO 8601. */
  readonly modified: string;
  /** `tenant/pipeline`. */
  readonly writer: string;
}

/** What a target holds under a name, as a look or a listing shows it. */
export interface TargetObject {
  /** As conditions want it: with quotes where the cloud has them. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified?: number | undefined;
  /** Undefined: not written by any pipeline, or the listing does not show it. */
  readonly marks: Marks | undefined;
  /** `unseen`: this listing cannot show marks (S3): a look does. */
  readonly marksAre: "seen" | "unseen";
  readonly md5?: Buffer;
  /** CRC-64/NVME of the whole, where the target keeps it. */
  readonly crc64?: bigint;
}

export type TargetSide =
  { readonly state: "absent" } | ({ readonly state: "present" } & TargetObject);

export type ListedTarget = TargetObject & { readonly name: string };

/** What a commit requires the target to be still. */
export type Expecting =
  { readonly state: "absent" } | { readonly state: "etag"; readonly etag: string };

/** What a target shows besides the bytes, already as that kind of target holds it (decide/ maps it). */
export interface TargetProperties {
  readonly contentType: string;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly expires?: string | undefined;
  readonly contentMd5?: Buffer | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Azure's access tier (`Cool`), S3's storage class (`STANDARD_IA`); undefined: the target's default. */
  readonly tier?: string | undefined;
}

/** Bytes in one buffer, which is used again when the request that carries them has ended. */
export interface Block {
  readonly bytes: Buffer;
  readonly crc: bigint;
}

/** A block (or part) that the target holds, not yet committed. */
export interface StagedBlock {
  readonly index: number;
  readonly length: number;
  /** CRC-64/NVME as the target has checked or computed it; undefined: it did not say (by URL, staged by a worker that died before it could note it). */
  readonly crc: bigint | undefined;
}

/** How an object is cut. The same size gives the same cut in every worker, so that any of them continues any other's copy. */
export interface Cut {
  /** Bytes; the last block may be shorter. */
  readonly blockSize: number;
  readonly blocks: number;
}

/** A staged write in progress: one object at one pin, under one name. */
export interface Staging {
  readonly name: string;
  readonly pin: Pin;
  /** Bytes of the whole object. */
  readonly size: number;
  readonly cut: Cut;
  /** S3 takes them when a multipart upload begins, Azure when it is committed. */
  readonly properties: TargetProperties;
  /** Whether CRCs of blocks that are staged by URL are worth a note each: of a single block they are not. */
  readonly noteCrcs: boolean;
}

/** What is sent along so that the target itself refuses other bytes than the source's. */
export interface SourceProof {
  readonly md5?: Buffer | undefined;
}

/** What the target says of the bytes that it read by URL. */
export interface FromUrl {
  readonly crc: bigint | undefined;
  /** The target has compared the bytes with the proof that was sent along. */
  readonly proven: boolean;
}

export interface Committed {
  readonly etag: string;
}

export interface Target {
  readonly kind: "azure-blob" | "s3";
  /** `azure://account/container`, `s3://bucket`, for people. */
  readonly label: string;
  /** Pages of a listing, in the order of the names' UTF-8 bytes as far as the cloud keeps it: whoever merges must bear with disorder. */
  list(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly ListedTarget[]>;
  look(name: string, signal: AbortSignal): Promise<TargetSide>;
  /** Writes a small object in one conditional request. */
  put(
    name: string,
    block: Block,
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<Committed>;
  /** How big an object `put` takes, in bytes. */
  readonly putLimit: number;
  /**
   * One conditional request by which the target's cloud reads the whole object and commits it. Throws `CannotReadSource` (class `by-stream`) when it cannot reach or address the source.
   */
  putFrom(
    name: string,
    from: Reference,
    size: number,
    proof: SourceProof,
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<FromUrl & Committed>;
  /** How big an object `putFrom` takes, in bytes. */
  readonly putFromLimit: number;
  /** How an object of this size is cut for staging. */
  cut(size: number, by: "stream" | "url"): Cut;
  /** Opens a staged write and tells which of its blocks are already there, by any worker. */
  staged(
    staging: Staging,
    signal: AbortSignal,
  ): Promise<{ readonly blocks: readonly StagedBlock[]; readonly upload: Upload }>;
  /** Deletes, on condition. Something already absent is not an error. */
  remove(name: string, expecting: Expecting, signal: AbortSignal): Promise<void>;
  /** Whether this kind of source can be read by the target's cloud at all; undefined: it can. Else why not, for the ledger. */
  whyNotByUrl(from: Reference): string | undefined;
}

/** The open end of a staged write. */
export interface Upload {
  stage(index: number, block: Block, signal: AbortSignal): Promise<StagedBlock>;
  /** The target's cloud reads the range at its pin by itself. */
  stageFrom(
    index: number,
    from: Reference,
    range: Range,
    signal: AbortSignal,
  ): Promise<StagedBlock>;
  /** Makes the blocks the object, in order of their index, on condition. `crc` of the whole, where it is known: the target refuses another. */
  commit(
    blocks: readonly StagedBlock[],
    properties: TargetProperties,
    expecting: Expecting,
    crc: bigint | undefined,
    signal: AbortSignal,
  ): Promise<Committed>;
  /** Gives up what is staged. */
  discard(signal: AbortSignal): Promise<void>;
}
