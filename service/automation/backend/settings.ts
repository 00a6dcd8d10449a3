import { SetupError } from "../../errors.ts";
import { parseSecretsProvider, type SecretsProvider } from "./secrets-provider.ts";
import { parseBackend } from "./url.ts";

/** Where state is and what encrypts the secrets in it. */
export interface StateSettings {
  /** Undefined: where the engine's own settings say (PULUMI_BACKEND_URL, or who is logged in). */
  readonly backend: string | undefined;
  /** For stacks that are made; one that exists keeps its own. Undefined: the engine's default for the backend. */
  readonly secretsProvider: SecretsProvider | undefined;
}

/** @throws SetupError that names the variable and what it takes. */
export function readStateSettings(env: NodeJS.ProcessEnv): StateSettings {
  const { CAUSEWAY_BACKEND: address = "", CAUSEWAY_SECRETS_PROVIDER: provider = "" } = env;
  const backend = address === "" ? undefined : parseBackend(address);
  const secretsProvider = provider === "" ? undefined : parseSecretsProvider(provider);
  if (secretsProvider === "default" && backend !== undefined && backend.kind !== "service")
    throw new SetupError({
      code: "secrets-provider-invalid",
      subject: "CAUSEWAY_SECRETS_PROVIDER",
      message:
        "CAUSEWAY_SECRETS_PROVIDER is default, but only a Pulumi service keeps keys of its own.",
      remedy: "Give passphrase or a key's address (awskms://..., azurekeyvault://...).",
    });
  if (secretsProvider === "passphrase" && !hasPassphrase(env))
    throw new SetupError({
      code: "passphrase-missing",
      subject: "PULUMI_CONFIG_PASSPHRASE_FILE",
      message: "CAUSEWAY_SECRETS_PROVIDER is passphrase, and there is no passphrase.",
      remedy:
        "Name a file that holds it, readable by the service only, in PULUMI_CONFIG_PASSPHRASE_FILE.",
    });
  return { backend: backend === undefined ? undefined : address, secretsProvider };
}

function hasPassphrase(env: NodeJS.ProcessEnv): boolean {
  return [env.PULUMI_CONFIG_PASSPHRASE, env.PULUMI_CONFIG_PASSPHRASE_FILE].some(
    (value) => value !== undefined && value !== "",
  );
}
