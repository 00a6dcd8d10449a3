import type { Server } from "node:http";
import type { Readable, Writable } from "node:stream";
import type { NewBlob } from "./replace-create-blob.ts";

/** Where Azurite keeps its files; absent means memory. */
export interface ThreadSettings {
  readonly home?: string | undefined;
}

/** `accounts` is in Azurite's own form: `name:key1:key2;name:key1:key2`. */
export type ThreadRequest =
  | { readonly id: number; readonly kind: "start"; readonly accounts: string }
  | { readonly id: number; readonly kind: "accounts"; readonly accounts: string }
  | { readonly id: number; readonly kind: "flush" }
  | { readonly id: number; readonly kind: "close" };

export interface ThreadReply {
  readonly id: number;
  readonly address?: string;
  readonly failure?: string;
}

/** A LokiJS database, as far as we use it. */
export interface LokiDatabase {
  autosaveDirty(): boolean;
  saveDatabase(done: (error?: Error | null) => void): void;
  getCollection(name: string): LokiCollection;
}

export type LokiDocument = Record<string, unknown>;

export interface LokiCollection {
  findOne(query: LokiDocument): LokiDocument | null;
  findAndRemove(query: LokiDocument): void;
  insert(document: LokiDocument): void;
  remove(document: LokiDocument): void;
}

/** Azurite's LokiBlobMetadataStore. */
export interface BlobStore {
  readonly db: LokiDatabase;
  readonly BLOBS_COLLECTION: string;
  readonly BLOCKS_COLLECTION: string;
  createBlob(context: unknown, blob: NewBlob, ...conditions: unknown[]): Promise<unknown>;
}

/** What listens for Azurite's requests. */
export interface ExpressApp {
  set(name: string, value: unknown): void;
}

/** Azurite's BlobServer 3.37, as far as we use it (its types are not published). */
export interface AzuriteServer {
  readonly httpServer: Server;
  readonly accountDataStore: { refresh(): void };
  readonly metadataStore: BlobStore;
  readonly extentMetadataStore: { readonly db: LokiDatabase };
  readonly extentStore: {
    streamPipe?: (from: Readable, to: Writable, fd: number) => Promise<number>;
  };
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
}
