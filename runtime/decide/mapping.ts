import type { SourceObject, TargetProperties } from "../stores/contract.ts";
import { azureMapping } from "./azure-mapping.ts";
import type { TargetName } from "./names.ts";
import { s3Mapping } from "./s3-mapping.ts";

/** Everything a target shows besides the bytes, or why it cannot hold it. */
export type Mapped =
  | {
      readonly ok: true;
      readonly properties: TargetProperties;
      /** How many names or tags had to be encoded because the target takes two of them for one (it ignores case). */
      readonly collisions: number;
    }
  | {
      readonly ok: false;
      readonly class: "MetadataTooLarge" | "TagsTooLarge";
      readonly reason: string;
    };

/** What a target's names, metadata, tags and tiers are for those of a source; names and metadata both ways without loss. */
export interface Mapping {
  readonly kind: "azure-blob" | "s3";
  /** The target's name for a key, its prefix put before it. */
  name(key: string): TargetName;
  /** The inverse of `name`; undefined where no key has this name. */
  key(name: string): string | undefined;
  /** `tags`: undefined where they are not copied. */
  properties(source: SourceObject, tags?: Tags): Mapped;
}

/** How the tiers of a target are told. */
export type Tiers = "map" | "default";

/** Tags that are to be copied; undefined: none are. */
export type Tags = Readonly<Record<string, string>> | undefined;

export interface MappingOptions {
  /** Put before every name; it stands where the source's `strip` stood. */
  readonly prefix: string;
  /** What is left out at the beginning of every key (a source's prefix); keys that lack it have no name. Default: nothing. */
  readonly strip?: string | undefined;
  /** `tenant/pipeline`. */
  readonly writer: string;
  /** `map`: the target's tier or class is told by the source's storage class; `default`: it is what the target gives. */
  readonly tiers?: Tiers | undefined;
}

export function mappingOf(kind: Mapping["kind"], options: MappingOptions): Mapping {
  return kind === "s3" ? s3Mapping(options) : azureMapping(options);
}
