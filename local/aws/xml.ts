/** What an XML answer is made of: lists become `<member>` elements, absent values no element at all. */
export type XmlValue =
  | string
  | number
  | boolean
  | Date
  | undefined
  | RawXml
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

/** Elements that are written already. */
export class RawXml {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

/** Text that may stand between two tags. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => ENTITIES[character] ?? character);
}

/** The elements of a value, without a root of their own. */
export function toXml(value: XmlValue): string {
  if (value === undefined) return "";
  if (value instanceof Date) return value.toISOString().replace(/\.\d{3}Z$/, "Z");
  if (value instanceof RawXml) return value.text;
  if (typeof value !== "object") return escapeXml(String(value));
  if (isList(value)) return value.map((member) => element("member", member)).join("");
  return Object.entries(value)
    .map(([name, child]) => (child === undefined ? "" : element(name, child)))
    .join("");
}

export function element(name: string, value: XmlValue, attributes = ""): string {
  return `<${name}${attributes}>${toXml(value)}</${name}>`;
}

/** A map as SNS writes it: `<entry><key>..</key><value>..</value></entry>`. */
export function entries(map: Readonly<Record<string, string>>): RawXml {
  const all = Object.entries(map).map(([key, value]) => element("entry", { key, value }));
  return new RawXml(all.join(""));
}

function isList(value: object): value is readonly XmlValue[] {
  return Array.isArray(value);
}
