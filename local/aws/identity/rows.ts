/** What users and roles have in common. Policies are kept as the text that came. */
export interface Holder {
  readonly name: string;
  /** Starts and ends with a slash. */
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  /** ISO instant. */
  readonly created: string;
  readonly inline: Readonly<Record<string, string>>;
  /** ARNs of attached managed policies. */
  readonly attached: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export type User = Holder;

export interface Role extends Holder {
  /** The trust policy's text. */
  readonly trust: string;
  readonly description?: string | undefined;
  readonly maxSessionSeconds: number;
}

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  /** A user's name; absent for the root's key. */
  readonly user?: string;
  readonly active: boolean;
  readonly created: string;
}

/** A customer managed policy. */
export interface ManagedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly description?: string | undefined;
  readonly created: string;
  readonly updated: string;
  readonly defaultVersion: string;
  readonly versions: readonly {
    readonly id: string;
    readonly text: string;
    readonly created: string;
  }[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Temporary credentials of an assumed role. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** The role's id, not its name: a role made anew under the same name is another one. */
  readonly roleId: string;
  readonly roleName: string;
  readonly sessionName: string;
  /** ISO instant. */
  readonly expiresAt: string;
}
