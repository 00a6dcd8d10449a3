import { Content } from "./content.ts";
import { PATTERNS } from "./pattern.ts";

/** N keys of S bytes under a prefix. Nothing of it is held: a key is its index written out, and a body follows from key and version. */
export interface PopulationSpec {
  /** Ends a folder or not, as given. No population's prefix begins with another's. */
  readonly prefix: string;
  readonly count: number;
  /** Bytes of each object. */
  readonly size: number;
  /** `nested`: three levels, at most 1,000 names in each. */
  readonly shape?: "flat" | "nested";
  /** Metadata of each; {key} {etag} {size} {modified} {unix} {version} stand for what the source object of the same key has. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Blobs: with the Content-MD5 of their body (default true). */
  readonly contentMd5?: boolean;
  /** Blobs: {key} of the template is the source's, which is under this prefix instead. */
  readonly sourcePrefix?: string;
  /** ISO 8601; the same for all. Blobs default to an hour after what S3 objects default to. */
  readonly modified?: string;
}

const DIGITS = 9;

export class Population {
  readonly spec: PopulationSpec;
  readonly modified: number;

  constructor(spec: PopulationSpec, modified: number) {
    this.spec = spec;
    this.modified = spec.modified === undefined ? modified : Date.parse(spec.modified);
  }

  get count(): number {
    return this.spec.count;
  }

  key(index: number): string {
    return this.spec.prefix + this.relative(index);
  }

  /** Key order is the order of indices. */
  relative(index: number): string {
    const padded = String(index).padStart(DIGITS, "0");
    if (this.spec.shape !== "nested") return padded;
    return `${padded.slice(0, 3)}/${padded.slice(3, 6)}/${padded}`;
  }

  indexOf(key: string): number | undefined {
    if (!key.startsWith(this.spec.prefix)) return undefined;
    const index = Number(key.slice(-DIGITS));
    return index < this.count && Number.isInteger(index) && this.key(index) === key
      ? index
      : undefined;
  }

  /** The first index whose key is at or after `key`; `count` when none is. */
  lowerBound(key: string): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.key(middle) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  content(index: number, version: number): Content {
    return Content.pattern(this.pattern(index, version), this.spec.size);
  }

  /** Versions of a key follow one another through all patterns, so that two of them are never alike. */
  pattern(index: number, version: number): number {
    return (Math.imul(index + 1, 0x9e3779b1) >>> 24) + version >= PATTERNS
      ? ((Math.imul(index + 1, 0x9e3779b1) >>> 24) + version) % PATTERNS
      : (Math.imul(index + 1, 0x9e3779b1) >>> 24) + version;
  }
}
