import type { AzuriteServer, LokiDocument } from "./protocol.ts";

/** What Azurite's store is given of a blob to be made. */
export interface NewBlob {
  readonly accountName: string;
  readonly containerName: string;
  readonly name: string;
}

/**
 * To Azurite 3.37 a blob of which only uncommitted blocks are there exists when Put Blob asks it not to, and Put Blob leaves those blocks behind. In Azure such a blob does not exist
 * yet, and Put Blob discards them (https://learn.microsoft.com/rest/api/storageservices/put-block, Remarks).
 */
export function replaceCreateBlob({ metadataStore: store }: AzuriteServer): void {
  const create = store.createBlob.bind(store);
  store.createBlob = async (context, blob, ...conditions) => {
    const { accountName, containerName, name } = blob;
    const blobs = store.db.getCollection(store.BLOBS_COLLECTION);
    const found = blobs.findOne({ accountName, containerName, name, snapshot: "" });
    const begun = found?.["isCommitted"] === false ? found : undefined;
    if (begun !== undefined) blobs.remove(begun);
    try {
      const created = await create(context, blob, ...conditions);
      const blocks = store.db.getCollection(store.BLOCKS_COLLECTION);
      blocks.findAndRemove({ accountName, containerName, blobName: name });
      return created;
    } catch (error) {
      if (begun !== undefined) blobs.insert(withoutPlace(begun));
      throw error;
    }
  };
}

/** A document that was removed is inserted without what the database had added to it. */
function withoutPlace(document: LokiDocument): LokiDocument {
  return Object.fromEntries(
    Object.entries(document).filter(([name]) => name !== "$loki" && name !== "meta"),
  );
}
