import type { Props, Value } from "../wire/values.ts";

/** A resource as the cloud has it now, in the words of the provider's schema. */
export interface Live {
  /** Properties that the program may set; a property that is left out was not looked at, null says it is not set. */
  readonly inputs: Props;
  /** Properties that only the cloud sets, such as `arn`. */
  readonly outputs: Props;
}

export interface Problem {
  readonly property: string;
  readonly reason: string;
}

/** Why a value is not acceptable, or undefined when it is. */
export type Rule = (value: Value) => string | undefined;

export interface Autoname {
  /** The property that the resource's physical name goes into. */
  readonly property: string;
  readonly maxLength: number;
  /** Between the Pulumi name and the random characters; "-" unless told. */
  readonly separator?: string;
  /** Number of random hex digits, 7 unless told; 0 takes the Pulumi name as it is. */
  readonly random?: number;
  /** Shapes the Pulumi name first, for names that must be lower case and the like. */
  readonly shape?: (name: string) => string;
  /** What the name must end with, `.fifo` for example. */
  readonly suffix?: (inputs: Props) => string;
}

/**
 * One type of resource: what it accepts, and how it acts on the local clouds.
 * `S` is what a configured provider knows (region, account, default tags).
 */
export interface ResourceType<S> {
  readonly token: string;
  readonly autoname?: Autoname;
  /** The inputs that the local clouds act on; another legal one is refused rather than ignored. All, when absent. */
  readonly supports?: readonly string[];
  /** Inputs that are filled in when the program leaves them out. */
  readonly defaults?: Props;
  /** Changes at or below these paths replace the resource; `*` stands for an index or a key. */
  readonly replaceOn?: readonly string[];
  /** True where two of them cannot exist side by side, whatever they are called. */
  readonly deleteBeforeReplace?: boolean;
  /** JSON texts that are compared by their meaning: property to its canonical form. */
  readonly documents?: Readonly<Record<string, (document: unknown) => unknown>>;
  /** Lists whose order means nothing, by path. */
  readonly sets?: readonly string[];
  /** Checks of single values, by path of a top-level property. */
  readonly rules?: Readonly<Record<string, Rule>>;
  /** Checks across properties. Unknown values are still unknown here. */
  readonly check?: (inputs: Props) => Problem[];
  /** Outputs that an update changes, so that its preview cannot know them. */
  readonly recomputed?: readonly string[];

  /** Properties that are secret wherever they come from. */
  readonly secrets?: readonly string[];

  /** Brings the resource to be and answers its id. */
  create(inputs: Props, scope: S): Promise<Identity> | Identity;
  /**
   * Makes all else about an existing resource as the inputs say; run after create and for every update, so it
   * must reach the same end from any state. `before` are the inputs that it had; undefined right after create.
   */
  settle?(id: string, inputs: Props, scope: S, before: Props | undefined): Promise<void> | void;
  /** Undefined when it does not exist (any more). */
  read(id: string, inputs: Props, scope: S, state: Props): MaybePromise<Live | undefined>;
  /** Must also be content when the resource has already gone. */
  delete(id: string, inputs: Props, scope: S, state: Props): Promise<void> | void;
}

type MaybePromise<T> = T | Promise<T>;

/** An id, with outputs that reading the resource needs to know (a revision). */
export type Identity = string | { readonly id: string; readonly state: Props };

/** A function of the provider's schema (an "invoke"). */
export interface FunctionType<S> {
  readonly token: string;
  invoke(args: Props, scope: S): Promise<Props> | Props;
}
