/** The engine marks what is not plain data, in states and in events, by a key that nothing else has; what it says of a secret. */
const key = "4dabf18193072939515e22adb298388d";
const ofSecret = "1b47061264138c4ac30d75fd1eb44270";

/** Whether it is anything but plain data: a secret, an asset, a reference. */
export function isMarked(value: unknown): boolean {
  return value !== null && typeof value === "object" && key in value;
}

/** `plaintext` (JSON) is only in a state that was exported with its secrets. */
export function isSecret(value: unknown): value is { plaintext?: unknown } {
  if (value === null || typeof value !== "object") return false;
  return (value as Record<string, unknown>)[key] === ofSecret;
}

/** What a secret is, where it can be seen: a plaintext is JSON; where it is not, it is taken as it is. Undefined: it cannot. */
export function plaintextOf({ plaintext }: { plaintext?: unknown }): unknown {
  if (typeof plaintext !== "string") return undefined;
  try {
    return JSON.parse(plaintext);
  } catch {
    return plaintext;
  }
}

/** Whether it is a secret, or holds one at any depth. */
export function holdsSecret(value: unknown): boolean {
  if (value === null || typeof value !== "object") return false;
  return isSecret(value) || Object.values(value).some(holdsSecret);
}
