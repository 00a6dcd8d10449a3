import type { Algorithm, ChecksumType } from "../checksums/algorithm.ts";

/** A run of an object's bytes: all of them, or one part of a multipart upload. */
export interface Segment {
  readonly body: string;
  /** bytes */
  readonly size: number;
  /** Base64 checksum of this part, by the object's own algorithm; only for parts. */
  readonly checksum?: string;
}

export interface StoredChecksum {
  readonly algorithm: Algorithm;
  /** Base64; a COMPOSITE one ends in the number of parts. */
  readonly value: string;
  readonly type: ChecksumType;
}

export interface Encryption {
  readonly algorithm: "AES256" | "aws:kms" | "aws:kms:dsse";
  readonly keyId?: string;
  readonly bucketKey?: boolean;
}

/** What an object carries besides its bytes. */
export interface Attributes {
  /** Content-Type and its like, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** x-amz-meta-*, by lower-case name without the prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly encryption: Encryption;
  /** MD5 of the customer's key, base64, where one encrypts the object. */
  readonly customerKeyMd5?: string;
}

/** One version of a key: an object, or a delete marker. */
export interface Version {
  readonly bucket: string;
  readonly key: string;
  /** Grows with every change of the server; orders versions and events. */
  readonly seq: number;
  /** `null` for the null version. */
  readonly id: string;
  readonly marker: boolean;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly storageClass: string;
  readonly checksum?: StoredChecksum;
  readonly segments: readonly Segment[];
  /** True when `segments` are the parts of a multipart upload. */
  readonly multipart: boolean;
  readonly attributes: Attributes;
  /** When an archived object's restored copy is there, milliseconds since 1970. */
  readonly restoredFrom?: number;
  /** When an archived object's restored copy goes, milliseconds since 1970. */
  readonly restoredUntil?: number;
}

/** What a listing shows of a version. */
export interface ListedVersion {
  readonly key: string;
  readonly seq: number;
  readonly id: string;
  readonly marker: boolean;
  readonly latest: boolean;
  readonly size: number;
  readonly etag: string;
  readonly modified: number;
  readonly storageClass: string;
  readonly algorithm?: Algorithm;
  readonly checksumType?: ChecksumType;
}

export const NO_ATTRIBUTES: Attributes = {
  headers: {},
  metadata: {},
  tags: {},
  encryption: { algorithm: "AES256" },
};

/** The bodies that a version's bytes are in. */
export function bodiesOf(version: Pick<Version, "segments">): string[] {
  return version.segments.map((segment) => segment.body);
}
