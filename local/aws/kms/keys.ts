import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { Table } from "../../table.ts";
import { AwsError } from "../contract.ts";

export type EncryptionContext = Readonly<Record<string, string>>;

/** A symmetric key. Its material never leaves this file. */
export interface Key {
  readonly id: string;
  readonly material: string;
  readonly description: string;
  readonly policy: string;
  readonly state: "Enabled" | "Disabled" | "PendingDeletion";
  /** Seconds since 1970. */
  readonly created: number;
  readonly deletion?: number;
}

export interface KeysOptions {
  readonly home?: string;
  readonly accountId: string;
  readonly region: string;
  readonly clock: () => Date;
}

/** What a ciphertext begins with: a version, then the key's id, so that Decrypt needs no key to be named. */
const VERSION = 1;
const ID_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD = 1 + ID_BYTES;

/** The account's keys and their aliases. */
export class Keys {
  readonly table: Table<Key>;
  /** `alias/name` to a key's id. */
  readonly aliases: Table<string>;
  readonly #options: KeysOptions;

  constructor(options: KeysOptions) {
    const at = (file: string) => options.home && join(options.home, file);
    this.#options = options;
    this.table = new Table(at("keys.json"));
    this.aliases = new Table(at("aliases.json"));
  }

  arn(id: string): string {
    const { region, accountId } = this.#options;
    return `arn:aws:kms:${region}:${accountId}:key/${id}`;
  }

  aliasArn(name: string): string {
    const { region, accountId } = this.#options;
    return `arn:aws:kms:${region}:${accountId}:${name}`;
  }

  now(): number {
    return this.#options.clock().getTime() / 1000;
  }

  create(wanted: Pick<Key, "description"> & { policy?: string | undefined }): Key {
    const key: Key = {
      id: randomUUID(),
      material: randomBytes(32).toString("base64"),
      description: wanted.description,
      policy: wanted.policy ?? this.#defaultPolicy(),
      state: "Enabled",
      created: this.now(),
    };
    this.table.set(key.id, key);
    return key;
  }

  /** Those that nobody has scheduled to be deleted. */
  living(): Key[] {
    return this.table.values().filter(({ state }) => state !== "PendingDeletion");
  }

  /** By id, ARN, alias or alias ARN. @throws AwsError NotFoundException */
  find(given: string): Key {
    const name = /^arn:aws:kms:[^:]*:[^:]*:(?:key\/)?(.+)$/.exec(given)?.[1] ?? given;
    const id = name.startsWith("alias/") ? this.aliases.get(name) : name;
    const key = id === undefined ? undefined : this.table.get(id);
    if (key !== undefined) return key;
    const arn = name.startsWith("alias/") ? this.aliasArn(name) : this.arn(name);
    const what = name.startsWith("alias/") ? "Alias" : "Key";
    throw new AwsError("NotFoundException", 400, `${what} '${arn}' does not exist`);
  }

  encrypt(key: Key, plaintext: Buffer, context: EncryptionContext): Buffer {
    this.#requireEnabled(key);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", material(key), nonce);
    cipher.setAAD(authenticated(key.id, context));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([
      Buffer.from([VERSION]),
      idBytes(key.id),
      nonce,
      cipher.getAuthTag(),
      sealed,
    ]);
  }

  /** The key that a ciphertext was made with. @throws AwsError InvalidCiphertextException */
  keyOf(ciphertext: Buffer): Key {
    const id = idOf(ciphertext);
    const key = id === undefined ? undefined : this.table.get(id);
    if (key === undefined) throw invalidCiphertext();
    return key;
  }

  /** @throws AwsError InvalidCiphertextException for another context or a changed byte. */
  decrypt(key: Key, ciphertext: Buffer, context: EncryptionContext): Buffer {
    this.#requireEnabled(key);
    const at = HEAD + NONCE_BYTES;
    try {
      const decipher = createDecipheriv(
        "aes-256-gcm",
        material(key),
        ciphertext.subarray(HEAD, at),
      );
      decipher.setAAD(authenticated(key.id, context));
      decipher.setAuthTag(ciphertext.subarray(at, at + TAG_BYTES));
      return Buffer.concat([
        decipher.update(ciphertext.subarray(at + TAG_BYTES)),
        decipher.final(),
      ]);
    } catch {
      throw invalidCiphertext();
    }
  }

  #requireEnabled(key: Key): void {
    if (key.state === "Disabled")
      throw new AwsError("DisabledException", 400, `${this.arn(key.id)} is disabled.`);
    if (key.state === "PendingDeletion")
      throw new AwsError(
        "KMSInvalidStateException",
        400,
        `${this.arn(key.id)} is pending deletion.`,
      );
  }

  #defaultPolicy(): string {
    const root = `arn:aws:iam::${this.#options.accountId}:root`;
    const statement = { Effect: "Allow", Principal: { AWS: root }, Action: "kms:*", Resource: "*" };
    return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  }
}

function material(key: Key): Buffer {
  return Buffer.from(key.material, "base64");
}

/** Bound to the ciphertext: the key, and the context in the order of its names. */
function authenticated(id: string, context: EncryptionContext): Buffer {
  const entries = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify([id, entries]));
}

function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

function idOf(ciphertext: Buffer): string | undefined {
  if (ciphertext.length < HEAD + NONCE_BYTES + TAG_BYTES || ciphertext[0] !== VERSION)
    return undefined;
  const hex = ciphertext.subarray(1, HEAD).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function invalidCiphertext(): AwsError {
  return new AwsError("InvalidCiphertextException", 400, "");
}
