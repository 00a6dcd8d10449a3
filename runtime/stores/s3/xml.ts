/** Enough of XML for S3's own answers: no attributes that matter, no CDATA. */

/** The text of the first element of that name that has no children. */
export function textOf(xml: string, name: string): string | undefined {
  const from = xml.indexOf(`<${name}>`);
  if (from < 0) return undefined;
  const to = xml.indexOf("<", from + name.length + 2);
  return to < 0 ? undefined : unescapeXml(xml.slice(from + name.length + 2, to));
}

/** What is inside each element of that name. */
export function* insides(xml: string, name: string): Generator<string> {
  const open = `<${name}>`;
  const close = `</${name}>`;
  for (let from = xml.indexOf(open); from >= 0;) {
    const to = xml.indexOf(close, from);
    if (to < 0) return;
    yield xml.slice(from + open.length, to);
    from = xml.indexOf(open, to);
  }
}

const NAMED: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

export function unescapeXml(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (whole, name: string) => {
    if (name.startsWith("#x")) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    return NAMED[name] ?? whole;
  });
}

/** S3's `encoding-type=url`: percent-encoded UTF-8, a space as a plus. */
export function decodeUrl(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  return spaced.includes("%") ? decodeURIComponent(spaced) : spaced;
}
