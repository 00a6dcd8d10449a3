/** What an operation's child may know: where tools and state are, and the operator's cloud credentials. */
const allowed = [
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|TEMP|TMP|LANG|TZ|SYSTEMROOT)$/,
  /^LC_/,
  /^PULUMI_(?!ACCESS_TOKEN$)/,
  /^(AWS|AZURE|ARM)_/,
  /^(HTTPS?|NO)_PROXY$/i,
  /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/,
  /^(GOGC|GOMEMLIMIT)$/,
];

/** An engine lives for seconds: collecting its garbage as often as a server does costs a fifth of its processor time. */
const engineDefaults = { GOGC: "400" };

/** Credentials that only a state backend or a secrets provider of that kind reads. */
const forState: readonly (readonly [variable: RegExp, state: RegExp])[] = [
  [/^PULUMI_ACCESS_TOKEN$/, /^(https?:|$)/],
  [
    /^(GOOGLE_CREDENTIALS|GOOGLE_APPLICATION_CREDENTIALS|GOOGLE_OAUTH_ACCESS_TOKEN)$/,
    /^(gs|gcpkms):/,
  ],
  [/^VAULT_(SERVER_URL|SERVER_TOKEN)$/, /^hashivault:/],
];

/** The part of the service's environment that an operation gets: not the database, not the API's token. */
export function operationEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const backend = env.CAUSEWAY_BACKEND || env.PULUMI_BACKEND_URL || "";
  const state = [backend, env.CAUSEWAY_SECRETS_PROVIDER ?? "passphrase"];
  const needed = (name: string): boolean =>
    allowed.some((pattern) => pattern.test(name)) ||
    forState.some(
      ([variable, kind]) => variable.test(name) && state.some((address) => kind.test(address)),
    );
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && needed(entry[0]),
  );
  return {
    ...engineDefaults,
    ...Object.fromEntries(kept),
    ...(backend === "" ? {} : { PULUMI_BACKEND_URL: withoutSidecars(backend) }),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
  };
}

/**
 * Beside each file of a folder the engine's storage driver keeps another with its attributes, which it does not write atomically: a
 * process that is killed there leaves an empty one, and the stack can never be read again ("failed to load checkpoint: EOF"). Nothing needs
 * them.
 */
function withoutSidecars(backend: string): string {
  if (!backend.startsWith("file:") || /[?&]metadata=/.test(backend)) return backend;
  return `${backend}${backend.includes("?") ? "&" : "?"}metadata=skip`;
}
