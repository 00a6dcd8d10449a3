import assert from "node:assert/strict";

/** Texts that must be nowhere: a secret as it is, as machines write it, and its halves. */
function spellingsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const bytes = Buffer.from(secret);
  const whole = [secret, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(secret)];
  const shifted = [0, 1, 2].map((by) =>
    Buffer.concat([Buffer.alloc(by, "x"), bytes])
      .toString("base64")
      .slice(4, -4),
  );
  const half = Math.floor(secret.length / 2);
  return [...whole, ...shifted, bytes.toString("hex"), secret.slice(0, half), secret.slice(half)];
}

/** Fails with the name of the secret, the place and what stands before it, never with the secret. */
export function assertWithout(
  secrets: Readonly<Record<string, string>>,
  where: string,
  text: string,
  but: readonly string[] = [],
): void {
  for (const [name, secret] of Object.entries(secrets)) {
    if (but.includes(name)) continue;
    for (const [index, spelling] of spellingsOf(secret).entries()) {
      const at = text.indexOf(spelling);
      const before = text.slice(Math.max(0, at - 160), at);
      assert.equal(at, -1, `${name} is in ${where} (spelling ${index}), after ${before}`);
    }
  }
}
