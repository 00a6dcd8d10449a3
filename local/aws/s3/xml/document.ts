import { s3Error } from "../errors.ts";
import { parseXml, XmlError } from "./read.ts";
import type { XmlElement } from "./read.ts";
import { S3_NAMESPACE, tag } from "./write.ts";

/** Parses a document whose root element must be of this name. */
export function parseDocument(xml: string, root: string): XmlElement {
  try {
    const element = parseXml(xml);
    if (element.name === root) return element;
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
  }
  throw s3Error.malformedXml();
}

/** A parsed document as text again, without the white space between its elements. */
export function renderXml(element: XmlElement, outermost = false): string {
  const attributes = Object.entries(element.attributes)
    .filter(([name]) => name !== "xmlns")
    .map(
      ([name, value]) => ` ${name}="${value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`,
    );
  if (outermost) attributes.unshift(` xmlns="${S3_NAMESPACE}"`);
  const content =
    element.children.length > 0 ? element.children.map((one) => renderXml(one)) : element.text;
  return tag(element.name, content, attributes.join(""));
}
