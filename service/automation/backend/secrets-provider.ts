import { SetupError } from "../../errors.ts";
import { looksSecret } from "../../../infra/spec/index.ts";

/** What encrypts the secrets in a stack's state: `passphrase`, `default` (a Pulumi service's own), or a key's address. */
export type SecretsProvider = string;

const subject = "CAUSEWAY_SECRETS_PROVIDER";
const FORMS =
  "passphrase, default, awskms://..., azurekeyvault://..., gcpkms://... or hashivault://...";

/** Parameters by gocloud.dev's drivers. */
const AWS =
  /^(region|endpoint|profile|role|awssdk|anonymous|dualstack|fips|hostname_immutable|rate_limiter_capacity|context_.+)$/;

const KEY =
  /^(alias\/[\w/-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+)$/;

/** @throws SetupError that names the setting and does not show what was given: it may be the secret itself. */
export function parseSecretsProvider(text: string): SecretsProvider {
  if (text === "passphrase" || text === "default") return text;
  const url = URL.parse(text);
  const check = url === null ? undefined : CHECKS[url.protocol];
  if (url === null || check === undefined)
    throw refused("is none that the engine knows (what was given is not shown).", `Give ${FORMS}.`);
  if (url.username !== "" || url.password !== "" || looksSecret(text))
    throw refused(
      "holds what looks like a credential (not shown).",
      "Take it out: the key's address says where it is, and credentials come from the environment.",
    );
  const wrong = check(url);
  if (wrong !== undefined) throw refused(wrong.is, wrong.remedy);
  return text;
}

type Check = (url: URL) => { is: string; remedy: string } | undefined;

const anything: Check = () => undefined;

const CHECKS: Readonly<Record<string, Check>> = {
  "awskms:": (url) => {
    // As gocloud.dev reads it: host and path together, the slash before an ARN left out.
    const key = `${url.host}${decodeURIComponent(url.pathname)}`.replace(/^\//, "");
    if (!KEY.test(key))
      return {
        is: "names no KMS key.",
        remedy:
          "Give an id, awskms://KEY-ID?region=REGION, an alias, awskms://alias/NAME?region=REGION, or an ARN after three slashes, awskms:///arn:aws:kms:...",
      };
    return unknownParameter(url, AWS);
  },
  "azurekeyvault:": (url) =>
    /^[a-z][a-z0-9-]{1,22}[a-z0-9]\.(vault\.(azure\.net|azure\.cn|usgovcloudapi\.net)|managedhsm\.azure\.net)$/.test(
      url.host,
    ) && /^\/keys\/[A-Za-z0-9-]{1,127}(\/[0-9a-f]{32})?$/.test(url.pathname)
      ? unknownParameter(url, /^algorithm$/)
      : {
          is: "names no key of a Key Vault.",
          remedy: "Give azurekeyvault://VAULT.vault.azure.net/keys/NAME, optionally with /VERSION.",
        },
  "gcpkms:": anything,
  "hashivault:": anything,
};

function unknownParameter(url: URL, known: RegExp): ReturnType<Check> {
  const unknown = [...url.searchParams.keys()].filter((name) => !known.test(name));
  return unknown.length === 0
    ? undefined
    : {
        is: `has parameters that it does not take: ${unknown.join(", ")}.`,
        remedy: "Remove them.",
      };
}

function refused(is: string, remedy: string): SetupError {
  const message = `${subject} ${is}`;
  return new SetupError({ code: "secrets-provider-invalid", subject, message, remedy });
}
