import type { ListedBlock } from "./block-id.ts";

/** The uncommitted blocks of a Get Block List answer, by their order there. Up to 100,000 of them. */
export function parseBlockList(body: Buffer): ListedBlock[] {
  const xml = body.toString("latin1");
  const blocks: ListedBlock[] = [];
  const start = xml.indexOf("<UncommittedBlocks>");
  if (start < 0) return blocks;
  const end = xml.indexOf("</UncommittedBlocks>", start);
  for (let at = xml.indexOf("<Name>", start); at >= 0 && at < end; at = xml.indexOf("<Name>", at)) {
    const name = at + "<Name>".length;
    const size = xml.indexOf("<Size>", name) + "<Size>".length;
    at = xml.indexOf("</Size>", size);
    blocks.push({
      id: xml.slice(name, xml.indexOf("</Name>", name)),
      length: Number(xml.slice(size, at)),
    });
  }
  return blocks;
}

/** The body of Put Block List. */
export function blockListOf(ids: readonly string[]): Buffer {
  const list = ids.map((id) => `<Uncommitted>${id}</Uncommitted>`).join("");
  return Buffer.from(`<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`);
}
