export const S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** Text to be escaped, or elements already rendered. */
export type XmlContent = string | number | boolean | readonly (string | undefined)[] | undefined;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Escapes text; control characters become numeric references, as S3 writes odd keys. */
export function escapeXml(text: string): string {
  return text.replace(
    /[&<>"\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g,
    (char) => ENTITIES[char] ?? `&#x${char.charCodeAt(0).toString(16)};`,
  );
}

/** One rendered element; undefined content is an empty element. */
export function tag(name: string, content: XmlContent, attributes = ""): string {
  const inner =
    content === undefined
      ? ""
      : typeof content === "object"
        ? content.filter((part) => part !== undefined).join("")
        : escapeXml(String(content));
  return `<${name}${attributes}>${inner}</${name}>`;
}

/** An element when there is content, nothing when there is none. */
export function optional(name: string, content: XmlContent): string | undefined {
  return content === undefined ? undefined : tag(name, content);
}

/** A whole document with S3's namespace. */
export function document(root: string, content: XmlContent): string {
  return declared(tag(root, content, ` xmlns="${S3_NAMESPACE}"`));
}

export function declared(xml: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`;
}

/** S3 shows times in XML with milliseconds, which are always zero. */
export function wholeSeconds(time: number): string {
  return new Date(Math.floor(time / 1000) * 1000).toISOString();
}
