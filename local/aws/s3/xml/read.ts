/** An element of a parsed document; names are without their namespace prefix. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All character data directly inside, entities resolved, white space kept. */
  readonly text: string;
}

/** What is not well-formed, and where. */
export class XmlError extends Error {
  override readonly name = "XmlError";
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};
const MAX_DEPTH = 32;

/**
 * Parses the small documents that S3 clients send: elements, attributes, text, CDATA, comments.
 * Document type declarations are refused, so there is nothing to expand and nothing to fetch.
 */
export function parseXml(source: string): XmlElement {
  const text = source.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const tokens = /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<([^>]*)>|([^<]+)/gy;
  const root: Builder = { name: "", attributes: {}, children: [], text: "" };
  const open: Builder[] = [root];
  while (tokens.lastIndex < text.length) {
    const at = tokens.lastIndex;
    const match = tokens.exec(text);
    if (!match) throw new XmlError(`unfinished markup at character ${at}`);
    const [, cdata, markup, characters] = match;
    const top = open.at(-1) ?? root;
    if (cdata !== undefined) top.text += cdata;
    else if (markup !== undefined) applyMarkup(markup, open, at);
    else if (characters !== undefined) addText(top, top === root, characters);
  }
  const [only] = root.children;
  if (open.length !== 1) throw new XmlError(`<${open.at(-1)?.name ?? ""}> is not closed`);
  if (!only || root.children.length !== 1) throw new XmlError("expected exactly one root element");
  return only;
}

interface Builder {
  name: string;
  attributes: Record<string, string>;
  children: Builder[];
  text: string;
}

function applyMarkup(markup: string, open: Builder[], at: number): void {
  if (markup.startsWith("!")) throw new XmlError("document type declarations are not allowed");
  if (markup.startsWith("/")) {
    const name = localName(markup.slice(1).trim());
    if (open.length === 1 || open.pop()?.name !== name) {
      throw new XmlError(`</${name}> closes nothing at character ${at}`);
    }
    return;
  }
  const empty = markup.endsWith("/");
  const element = startTag(empty ? markup.slice(0, -1) : markup, at);
  open.at(-1)?.children.push(element);
  if (empty) return;
  if (open.length > MAX_DEPTH) throw new XmlError("elements are nested too deep");
  open.push(element);
}

function startTag(markup: string, at: number): Builder {
  const match = /^([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*$/.exec(
    markup,
  );
  if (!match?.[1]) throw new XmlError(`bad tag at character ${at}`);
  const attributes: Record<string, string> = {};
  for (const [, name, double, single] of (match[2] ?? "").matchAll(
    /([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g,
  )) {
    if (name !== undefined) attributes[name] = unescape(double ?? single ?? "");
  }
  return { name: localName(match[1]), attributes, children: [], text: "" };
}

function addText(element: Builder, outside: boolean, characters: string): void {
  if (outside && characters.trim() !== "") throw new XmlError("text outside the root element");
  element.text += unescape(characters);
}

function unescape(text: string): string {
  return text.replace(/&([^;&]{0,12});?/g, (whole, name: string) => {
    const known = ENTITIES[name];
    if (known !== undefined && whole.endsWith(";")) return known;
    const numeric = /^#(?:x([0-9a-fA-F]+)|(\d+))$/.exec(name);
    const code = numeric ? parseInt(numeric[1] ?? numeric[2] ?? "", numeric[1] ? 16 : 10) : NaN;
    if (!whole.endsWith(";") || !(code <= 0x10ffff)) throw new XmlError(`bad entity ${whole}`);
    return String.fromCodePoint(code);
  });
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

export function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((one) => one.name === name);
}

export function children(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((one) => one.name === name);
}

/** The text of a child; undefined when there is no such child. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return child(element, name)?.text;
}
