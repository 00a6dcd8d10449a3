import { SetupError } from "../../errors.ts";
import { looksSecret } from "../../../infra/spec/index.ts";
import { isLoopback } from "../../loopback.ts";

/** Where the engine keeps stacks' state. */
export type BackendKind = "file" | "s3" | "azblob" | "gs" | "service";

export interface Backend {
  readonly kind: BackendKind;
  readonly url: URL;
}

const FORMS =
  "file:///folder, s3://bucket, azblob://container, gs://bucket, or https:// and a Pulumi service's host";

/** The parameters of the drivers that the engine uses (gocloud.dev, blob). It refuses others only when it first writes. */
const PARAMETERS: Readonly<Record<Exclude<BackendKind, "service">, readonly string[]>> = {
  file: ["no_tmp_dir", "metadata"],
  s3: [
    ...["region", "endpoint", "profile", "role", "awssdk", "s3ForcePathStyle", "use_path_style"],
    ...["hostname_immutable", "disableSSL", "disable_https", "dualstack", "fips", "accelerate"],
    ...["ssetype", "kmskeyid", "anonymous", "rate_limiter_capacity"],
    ...["request_checksum_calculation", "response_checksum_validation"],
  ],
  azblob: ["storage_account", "domain", "protocol", "cdn", "localemu"],
  gs: ["access_id", "private_key_path", "anonymous", "universe_domain"],
};

const KINDS: Readonly<Record<string, BackendKind>> = {
  ...{ "file:": "file", "s3:": "s3", "azblob:": "azblob", "gs:": "gs" },
  ...{ "https:": "service", "http:": "service" },
};

/**
 * Reads the address of a state backend.
 * @throws SetupError that names the setting and does not show the address: it may hold a secret.
 */
export function parseBackend(text: string, setting = "CAUSEWAY_BACKEND"): Backend {
  const refuse = (message: string, remedy = `Give ${FORMS}; see docs/backends.md.`) =>
    new SetupError({
      code: "backend-invalid",
      subject: setting,
      message: `${setting} ${message}`,
      remedy,
    });
  const url = URL.parse(text);
  const kind = KINDS[url?.protocol ?? ""];
  if (url === null || kind === undefined) throw refuse(`is not an address of a state backend.`);
  if (url.username !== "" || url.password !== "" || looksSecret(text))
    throw refuse(
      "holds what looks like a credential (not shown).",
      "Take it out of the address: credentials come from the environment (AWS_..., AZURE_STORAGE_..., PULUMI_ACCESS_TOKEN) or from the machine's own role.",
    );
  if (url.hash !== "") throw refuse("has a fragment, which no backend reads.");
  if (kind === "file") requireFolder(url, refuse);
  else if (url.hostname === "") throw refuse("names no bucket, container or host.");
  if (kind === "service") requireService(url, refuse);
  else requireKnown(kind, url, refuse);
  return { kind, url };
}

type Refuse = (message: string, remedy?: string) => SetupError;

function requireFolder(url: URL, refuse: Refuse): void {
  if (url.hostname !== "" || url.pathname === "/" || url.pathname === "")
    throw refuse(
      "names no folder by its absolute path.",
      "Write file:// and the folder's absolute path, such as file:///var/lib/causeway/state.",
    );
}

function requireService(url: URL, refuse: Refuse): void {
  if (url.protocol === "http:" && !isLoopback(url.hostname))
    throw refuse("is plain http to another machine, and the state holds secrets.", "Use https://.");
  if (url.search !== "") throw refuse("has parameters, which a Pulumi service does not take.");
}

function requireKnown(kind: Exclude<BackendKind, "service">, url: URL, refuse: Refuse): void {
  const known = PARAMETERS[kind];
  const unknown = [...url.searchParams.keys()].filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw refuse(
      `has parameters that ${kind} does not take: ${unknown.join(", ")}.`,
      `It takes: ${known.join(", ")}.`,
    );
}
