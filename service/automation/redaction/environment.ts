import { readFileSync } from "node:fs";

/** Names of environment variables whose values are secret. */
const secretName = /(SECRET|TOKEN|PASSWORD|PASSPHRASE|_KEY|CREDENTIALS|CONNECTION_?STRING)$/;
/** A key id is no secret. */
const notSecret = /ACCESS_KEY_ID$/;
/** The file that such a variable names holds the secret. */
const secretFile = /(TOKEN|PASSPHRASE|PASSWORD|SECRET)_FILE$/;
const longestFile = 64 * 1024;

/** The values of an environment that must not be shown: of variables that are secret by name, of the files that they name, and passwords in addresses. */
export function secretsOf(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || value === "") return [];
    if (secretName.test(name) && !notSecret.test(name)) return [value];
    if (secretFile.test(name)) return textOf(value);
    return passwordIn(value);
  });
}

function textOf(file: string): string[] {
  try {
    const text = readFileSync(file, "utf8").slice(0, longestFile).trim();
    return text === "" ? [] : [text];
  } catch {
    // Whoever needs the file will say that it is missing.
    return [];
  }
}

function passwordIn(address: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:([^/\s@]+)@/i.exec(address)?.[1];
  if (password === undefined) return [];
  try {
    return [decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
