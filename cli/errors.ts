/** The command line itself is wrong: what was written, and what is right. */
export class BadUsage extends Error {
  override readonly name = "BadUsage";
}

/** Credentials or an endpoint as a whole: nothing can be read or written there. */
export class NoAccess extends Error {
  override readonly name = "NoAccess";
}
