/** What an operation's child may know: where tools and state are, and the operator's cloud credentials. */
const allowed = [
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|TEMP|TMP|LANG|TZ|SYSTEMROOT)$/,
  /^LC_/,
  /^(PULUMI|AWS|AZURE|ARM)_/,
  /^(HTTPS?|NO)_PROXY$/i,
  /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/,
];

/** The part of the service's environment that an operation gets: not the database, not the API's token. */
export function operationEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && allowed.some((pattern) => pattern.test(entry[0])),
  );
  return {
    ...Object.fromEntries(kept),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
  };
}
