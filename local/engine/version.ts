import { version as sdkVersion } from "@pulumi/pulumi/version.js";

/** The engine that this project's SDK was made with; the oldest that serves, and the one that is built. */
export const wanted: string = sdkVersion;

/**
 * Whether an engine can run this project's programs: the same major version, not older than the SDK.
 * A development build of the same version (3.259.0-dev) is older than its release, as semver orders them.
 */
export function fits(found: string, needed: string = wanted): boolean {
  const [have, need] = [parse(found), parse(needed)];
  if (have === undefined || need === undefined || have.major !== need.major) return false;
  if (have.minor !== need.minor) return have.minor > need.minor;
  if (have.patch !== need.patch) return have.patch > need.patch;
  return !have.prerelease || need.prerelease;
}

function parse(text: string) {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(-[^+]+)?/.exec(text.trim());
  if (match === null) return undefined;
  const [, major, minor, patch, prerelease] = match;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    prerelease: prerelease !== undefined,
  };
}
