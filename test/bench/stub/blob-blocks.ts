import { blobError, blobXml } from "./blob-answers.ts";
import type { Reply } from "./connection.ts";
import { Content } from "./content.ts";
import type { HttpRequest } from "./request.ts";
import { escapeXml, unescapeXml } from "./s3-answers.ts";

/** Blocks of the blobs of one container, by blob and id (base64). */
export class Blocks {
  readonly #uncommitted = new Map<string, Map<string, Content>>();
  readonly #committed = new Map<string, readonly (readonly [id: string, content: Content])[]>();

  /** False when its id is not as long as those that are there. */
  stage(key: string, id: string, content: Content): boolean {
    let blocks = this.#uncommitted.get(key);
    if (blocks === undefined) this.#uncommitted.set(key, (blocks = new Map<string, Content>()));
    const [other] = blocks.keys();
    if (other !== undefined && decodedLength(other) !== decodedLength(id)) return false;
    blocks.set(id, content);
    return true;
  }

  staged(key: string): { readonly bytes: number; readonly largest: number } {
    const lengths = [...(this.#uncommitted.get(key)?.values() ?? [])].map(({ length }) => length);
    return {
      bytes: lengths.reduce((sum, length) => sum + length, 0),
      largest: Math.max(0, ...lengths),
    };
  }

  /** What a Put Block List makes of them; undefined when a block is not there. */
  commit(key: string, body: string): Content | undefined {
    const uncommitted = this.#uncommitted.get(key);
    const committed = new Map(this.#committed.get(key));
    const made: (readonly [string, Content])[] = [];
    for (const [, kind, text = ""] of body.matchAll(/<(Latest|Committed|Uncommitted)>(.*?)<\//gs)) {
      const id = unescapeXml(text.trim());
      const content =
        kind === "Committed"
          ? committed.get(id)
          : (uncommitted?.get(id) ?? (kind === "Latest" ? committed.get(id) : undefined));
      if (content === undefined) return undefined;
      made.push([id, content]);
    }
    this.#committed.set(key, made);
    this.#uncommitted.delete(key);
    return Content.joined(made.map(([, content]) => content));
  }

  /** A blob was written whole, or deleted. */
  drop(key: string): void {
    this.#uncommitted.delete(key);
    this.#committed.delete(key);
  }

  clear(prefix: string): void {
    for (const map of [this.#uncommitted, this.#committed]) {
      for (const key of map.keys()) if (key.startsWith(prefix)) map.delete(key);
    }
  }

  list(key: string, exists: boolean, request: HttpRequest): Reply {
    const uncommitted = this.#uncommitted.get(key);
    if (!exists && uncommitted === undefined) return blobError("BlobNotFound", request);
    const kind = request.query.get("blocklisttype") ?? "committed";
    const committed = kind === "uncommitted" ? "" : written(this.#committed.get(key) ?? []);
    const others = kind === "committed" ? "" : written(uncommitted ?? []);
    return blobXml(
      `<BlockList><CommittedBlocks>${committed}</CommittedBlocks><UncommittedBlocks>${others}</UncommittedBlocks></BlockList>`,
    );
  }
}

function written(blocks: Iterable<readonly [string, Content]>): string {
  let text = "";
  for (const [id, content] of blocks) {
    text += `<Block><Name>${escapeXml(id)}</Name><Size>${content.length}</Size></Block>`;
  }
  return text;
}

function decodedLength(id: string): number {
  return Buffer.from(id, "base64").length;
}
