import type { Source, Target, Upload } from "../../runtime/stores/contract.ts";

/** What a stranger writes beside the bytes. */
export interface Extras {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly storageClass?: string;
}

/** A source, and hands to change it by that are not the adapter's. */
export interface SourceWorld {
  readonly source: Source;
  /** The same kind of source for a bucket that is not there. */
  readonly missing: Source;
  put(key: string, body: Buffer, extras?: Extras): Promise<void>;
  remove(key: string): Promise<void>;
  /** What this server is known not to do; each is a test that is skipped, with the reason in its title. */
  readonly lacks?: Partial<Record<SourceAbility, string>>;
  close(): Promise<void>;
}

export type SourceAbility = "control characters" | "checksums" | "tags" | "dots" | "paging by key";

/** A target, and eyes and hands of a stranger. */
export interface TargetWorld {
  readonly target: Target;
  /** What another worker has: it shares no memory with `target`. */
  another(): Target;
  readonly missing: Target;
  /** Writes as a stranger would: without our marks. */
  put(name: string, body: Buffer): Promise<void>;
  read(name: string): Promise<Stored | undefined>;
  /** Lets the next requests of a kind be done and their answers get lost. */
  readonly loseAnswers?: (of: "put" | "stage" | "commit", times: number) => void;
  /** Leaves blocks (or an upload) of another tool under a name. */
  readonly leave?: (name: string) => Promise<void>;
  /** How many blocks (or parts) lie uncommitted under a name, whoever left them. */
  readonly uncommitted?: (name: string) => Promise<number>;
  /** A source that the target's cloud can read by itself. */
  readonly byUrl?: SourceWorld;
  readonly lacks?: Partial<Record<TargetAbility, string>>;
  close(): Promise<void>;
}

export type TargetAbility =
  | "racing puts"
  | "checked blocks"
  | "checked wholes"
  | "giving up"
  | "conditional commits"
  | "checksums by url"
  /** It copies by itself, but not at a pin: then it must be told from one that does. */
  | "copies";

export interface Stored {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly contentLanguage: string | undefined;
  readonly contentDisposition: string | undefined;
  readonly cacheControl: string | undefined;
}

export type Staged = Awaited<ReturnType<Target["staged"]>> & { readonly upload: Upload };

/** `it`, or a skipped test whose title says what the server lacks. */
export function where(
  lack: string | undefined,
): (title: string, test: () => Promise<void>) => void {
  return (title, test) => {
    if (lack === undefined) it(title, test);
    else it.skip(`${title} [${lack}]`);
  };
}
