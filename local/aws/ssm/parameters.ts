import { join } from "node:path";
import { Table } from "../../table.ts";
import { AwsError } from "../contract.ts";
import { Cipher } from "./cipher.ts";

export type ParameterType = "String" | "StringList" | "SecureString";
export type Tier = "Standard" | "Advanced" | "Intelligent-Tiering";

interface Version {
  readonly version: number;
  /** Encrypted when the parameter is a SecureString. */
  readonly value: string;
  readonly type: ParameterType;
  /** Seconds since 1970. */
  readonly modified: number;
  readonly user: string;
}

/** A parameter with its history, newest last. */
export interface Parameter {
  readonly name: string;
  readonly versions: readonly Version[];
  readonly description?: string | undefined;
  readonly keyId?: string | undefined;
  readonly allowedPattern?: string | undefined;
  readonly tier: Tier;
  readonly dataType: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** One version of a parameter, as callers see it. */
export interface Found {
  readonly parameter: Parameter;
  readonly version: Version;
  readonly value: string;
}

export interface PutParameter {
  readonly name: string;
  readonly value: string;
  readonly type?: ParameterType | undefined;
  readonly overwrite: boolean;
  readonly description?: string | undefined;
  readonly keyId?: string | undefined;
  readonly allowedPattern?: string | undefined;
  readonly tier?: Tier | undefined;
  readonly dataType?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly user: string;
}

export const DEFAULT_KEY = "alias/aws/ssm";
const STANDARD_BYTES = 4096;
const ADVANCED_BYTES = 8192;
const DEEPEST = 15;
const HISTORY = 100;

export interface ParametersOptions {
  readonly home?: string;
  readonly accountId: string;
  readonly region: string;
  readonly clock: () => Date;
}

/** The parameters of the account, with SSM's rules for names, sizes and overwriting. */
export class Parameters {
  readonly table: Table<Parameter>;
  readonly #cipher: Cipher;
  readonly #options: ParametersOptions;

  constructor(options: ParametersOptions) {
    const at = (file: string) => options.home && join(options.home, file);
    this.#options = options;
    this.table = new Table(at("parameters.json"));
    this.#cipher = new Cipher(at("key"));
  }

  /** `/a/b` and `a` both get one slash between `parameter` and the name. */
  arn(name: string): string {
    const { region, accountId } = this.#options;
    return `arn:aws:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, "")}`;
  }

  /** A name from what a caller may give: a name or an ARN, either with `:version` behind it. */
  reference(given: string): { name: string; version?: number } {
    const arn = /^arn:aws:ssm:[^:]*:[^:]*:parameter(\/.+)$/.exec(given);
    const [name = "", version] = (arn?.[1] ?? given).split(":");
    const known = arn !== null && !this.table.has(name) ? name.slice(1) : name;
    return { name: known, ...(version === undefined ? {} : { version: Number(version) }) };
  }

  /** Undefined when there is no such parameter. @throws AwsError ParameterVersionNotFound */
  find(given: string): Found | undefined {
    const { name, version: wanted } = this.reference(given);
    const parameter = this.table.get(name);
    if (parameter === undefined) return undefined;
    const version =
      wanted === undefined
        ? parameter.versions.at(-1)
        : parameter.versions.find((one) => one.version === wanted);
    if (version === undefined)
      throw new AwsError(
        "ParameterVersionNotFound",
        400,
        `Systems Manager could not find version ${wanted ?? ""} of ${name}.`,
      );
    return this.open(parameter, version);
  }

  open(parameter: Parameter, version: Version): Found {
    const secret = version.type === "SecureString";
    const value = secret ? this.#cipher.open(version.value, parameter.name) : version.value;
    return { parameter, version, value };
  }

  /** The value as stored: what a caller gets who does not ask for decryption. */
  sealed(version: Version): string {
    return version.value;
  }

  /** @returns the new version's number. @throws AwsError */
  put(wanted: PutParameter): Parameter {
    const existing = this.table.get(wanted.name);
    checkName(wanted.name);
    if (existing !== undefined && !wanted.overwrite)
      throw new AwsError(
        "ParameterAlreadyExists",
        400,
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      );
    if (existing !== undefined && Object.keys(wanted.tags).length > 0)
      throw invalid(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag.",
      );
    const last = existing?.versions.at(-1);
    const type = wanted.type ?? last?.type;
    if (type === undefined)
      throw invalid("A parameter type is required when you create a parameter.");
    if (last !== undefined && last.type !== type)
      throw new AwsError(
        "HierarchyTypeMismatchException",
        400,
        `Changing the parameter type of ${wanted.name} is not supported.`,
      );
    const tier = checkValue(wanted, existing);
    const value =
      type === "SecureString" ? this.#cipher.seal(wanted.value, wanted.name) : wanted.value;
    const version: Version = {
      version: (last?.version ?? 0) + 1,
      value,
      type,
      modified: this.#options.clock().getTime() / 1000,
      user: wanted.user,
    };
    const parameter: Parameter = {
      name: wanted.name,
      versions: [...(existing?.versions ?? []), version].slice(-HISTORY),
      description: wanted.description ?? existing?.description,
      keyId: type === "SecureString" ? (wanted.keyId ?? existing?.keyId ?? DEFAULT_KEY) : undefined,
      allowedPattern: wanted.allowedPattern ?? existing?.allowedPattern,
      tier,
      dataType: wanted.dataType ?? existing?.dataType ?? "text",
      tags: existing?.tags ?? wanted.tags,
    };
    this.table.set(parameter.name, parameter);
    return parameter;
  }

  /** Those under a path, by name; `recursive` goes below the first level. */
  under(path: string, recursive: boolean): Parameter[] {
    const prefix = path.endsWith("/") ? path : `${path}/`;
    return this.table
      .values()
      .filter(({ name }) => {
        const rest = name.startsWith("/") ? name : `/${name}`;
        return rest.startsWith(prefix) && (recursive || !rest.slice(prefix.length).includes("/"));
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function checkName(name: string): void {
  const parts = name.split("/").filter((part) => part !== "");
  if (!/^[A-Za-z0-9_.\-/]{1,1011}$/.test(name) || name.endsWith("/") || name.includes("//"))
    throw invalid(
      `Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_`,
    );
  if (name.includes("/") && !name.startsWith("/"))
    throw invalid("Parameter name must be a fully qualified name.");
  if (/^(aws|ssm)/i.test(parts[0] ?? ""))
    throw invalid(
      `Parameter name: can't be prefixed with "${(parts[0] ?? "").slice(0, 3)}" (case-insensitive).`,
    );
  if (parts.length > DEEPEST)
    throw new AwsError(
      "HierarchyLevelLimitExceededException",
      400,
      `A parameter name can have at most ${DEEPEST} levels.`,
    );
}

/** @returns the tier that the value needs. */
function checkValue(wanted: PutParameter, existing: Parameter | undefined): Tier {
  const bytes = Buffer.byteLength(wanted.value);
  if (bytes === 0) throw invalid("The parameter's value must not be empty.");
  const asked = wanted.tier ?? existing?.tier ?? "Standard";
  const intelligent = asked === "Intelligent-Tiering";
  const tier = intelligent ? (bytes > STANDARD_BYTES ? "Advanced" : "Standard") : asked;
  if (bytes > (tier === "Standard" ? STANDARD_BYTES : ADVANCED_BYTES))
    throw invalid(
      `${tier} tier parameters support a maximum parameter value of ${tier === "Standard" ? STANDARD_BYTES : ADVANCED_BYTES} characters.${tier === "Standard" ? " To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier." : ""}`,
    );
  const pattern = wanted.allowedPattern ?? existing?.allowedPattern;
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(wanted.value))
    throw new AwsError(
      "ParameterPatternMismatchException",
      400,
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    );
  return tier;
}

export function invalid(message: string): AwsError {
  return new AwsError("ValidationException", 400, message);
}
