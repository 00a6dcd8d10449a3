/** Shorter than this, a spelling is found in texts that have nothing to do with the secret. */
const SHORTEST_DERIVED = 8;
const SHORTEST_LINE = 12;
/** What a PEM begins and ends with is no secret. */
const FRAME = /^-----(BEGIN|END) /;

/**
 * The ways in which a secret is written beyond escapes (see flatten): each line of a text of several, base64 (also where it stands within
 * a longer text that was encoded as a whole, which shifts it by one or two bytes), and hexadecimal.
 */
export function spellingsOf(secret: string): Set<string> {
  const lines = secret.includes("\n") ? secret.split(/\r?\n/) : [];
  const whole = [
    secret,
    ...lines.filter((line) => line.length >= SHORTEST_LINE && !FRAME.test(line)),
  ];
  const json = JSON.stringify(secret).slice(1, -1);
  const bytes = new Set([secret, json, goJson(json)]);
  const derived = [...bytes].flatMap((text) => [...base64Of(text), ...hexOf(text)]);
  return new Set([...whole, ...derived.filter((text) => text.length >= SHORTEST_DERIVED)]);
}

/** Go's encoder, which is the engine's, escapes what means something in HTML. */
function goJson(json: string): string {
  return json.replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Those characters of each of the three alignments that the secret alone decides. */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((shift) => {
    const all = Buffer.concat([Buffer.alloc(shift), bytes]);
    const first = Math.ceil((shift * 8) / 6);
    const last = Math.floor((all.length * 8) / 6);
    return (["base64", "base64url"] as const).map((form) => all.toString(form).slice(first, last));
  });
}

function hexOf(text: string): string[] {
  const hex = Buffer.from(text).toString("hex");
  return [hex, hex.toUpperCase()];
}
