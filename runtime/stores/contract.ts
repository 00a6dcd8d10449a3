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
  /** CRC-64/NVME of the whole object, where the source keeps it. */
  readonly crc64?: bigint;
  /** MD5 of the whole object (16 bytes), where the source's ETag is one. */
  readonly md5?: Buffer;
  /** Why its bytes cannot be read now: the storage class that archives it. */
  readonly archived?: string;
}

export type SourceSide =
  { readonly state: "absent" } | { readonly state: "present"; readonly object: SourceObject };

/** Bytes `start` to `end`, `end` excluded. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Source {
  /** The object as it is now. */
  look(key: string, signal: AbortSignal): Promise<SourceSide>;
  /**
   * The bytes of a range of exactly the pinned object, as they arrive: one request, not repeated. Throws a CloudError of class `re-decide`
   * when the object is no longer what was pinned, `Truncated` when fewer bytes came than were asked for.
   */
  read(key: string, pin: Pin, range: Range, signal: AbortSignal): AsyncIterable<Buffer>;
}

/** What a copy writes on its target: which object it holds. */
export interface Marks {
  readonly pin: string;
  readonly size: number;
  readonly modified: string;
  /** `tenant/pipeline`. */
  readonly writer: string;
}

export type TargetSide =
  | { readonly state: "absent" }
  | {
      readonly state: "present";
      readonly etag: string;
      readonly size: number;
      /** Undefined: not written by any pipeline. */
      readonly marks: Marks | undefined;
      readonly md5?: Buffer;
    };

/** What a commit requires the target to be still. */
export type Expecting =
  { readonly state: "absent" } | { readonly state: "etag"; readonly etag: string };

export interface TargetProperties {
  readonly contentType: string;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentMd5?: Buffer | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of one block as they were read: never joined, so that they are never copied. */
export interface Block {
  readonly chunks: readonly Buffer[];
  /** Bytes. */
  readonly length: number;
  readonly crc: bigint;
}

/** A block that the target holds, not yet committed. Its CRC is known: the target has checked it. */
export interface StagedBlock {
  readonly index: number;
  readonly length: number;
  readonly crc: bigint;
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
}

export interface Target {
  look(name: string, signal: AbortSignal): Promise<TargetSide>;
  /** Writes a small object in one conditional request. */
  put(
    name: string,
    block: Block,
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<void>;
  /** Opens a staged write and tells which of its blocks are already there, by any worker. */
  staged(
    staging: Staging,
    signal: AbortSignal,
  ): Promise<{ readonly blocks: readonly StagedBlock[]; readonly upload: Upload }>;
  /** Deletes, on condition. Something already absent is not an error. */
  remove(name: string, expecting: Expecting, signal: AbortSignal): Promise<void>;
  /** How big an object `put` takes, in bytes. */
  readonly putLimit: number;
}

/** The open end of a staged write. */
export interface Upload {
  stage(index: number, block: Block, signal: AbortSignal): Promise<StagedBlock>;
  /** Makes the blocks the object, in order of their index, on condition. */
  commit(
    blocks: readonly StagedBlock[],
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<void>;
}
