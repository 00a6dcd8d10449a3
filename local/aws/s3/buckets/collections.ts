import { AwsError } from "../../contract.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import { parseDocument, renderXml } from "../xml/document.ts";
import { textOf } from "../xml/read.ts";
import { declared, document, tag } from "../xml/write.ts";

interface CollectionSpec {
  readonly root: string;
  readonly list: string;
  readonly read: string;
  readonly write: string;
}

const SPECS: Readonly<Record<string, CollectionSpec>> = {
  analytics: spec("Analytics", "AnalyticsConfiguration"),
  "intelligent-tiering": spec("IntelligentTiering", "IntelligentTieringConfiguration"),
  inventory: spec("Inventory", "InventoryConfiguration"),
  metrics: spec("Metrics", "MetricsConfiguration"),
};

/** Configurations of which a bucket has many, by id: kept and returned, never acted on. */
export function getCollected(call: Call, kind: string): void {
  const { read, list } = specOf(kind);
  const { name } = call.bucket();
  call.allow(read, call.resource);
  const id = call.query.get("id");
  if (id === undefined) {
    const kept = call.store.buckets.settings(name, `${kind}:`).map(([, body]) => body);
    call.reply({ xml: document(list, [...kept, tag("IsTruncated", false)]) });
    return;
  }
  const kept = call.store.buckets.setting(name, `${kind}:${id}`);
  if (kept === undefined) throw noSuchConfiguration();
  call.reply({ xml: declared(kept) });
}

export async function putCollected(call: Call, kind: string): Promise<void> {
  const { root, write } = specOf(kind);
  const { name } = call.bucket();
  call.allow(write, call.resource);
  const id = call.query.get("id") ?? "";
  const element = parseDocument(await call.readText(), root);
  if (textOf(element, "Id") !== id)
    throw s3Error.invalidArgument("The id does not match the one in the configuration.");
  const body = renderXml(element);
  call.store.commit(undefined, () => call.store.buckets.putSetting(name, `${kind}:${id}`, body));
  call.reply({});
}

export function deleteCollected(call: Call, kind: string): void {
  const { write } = specOf(kind);
  const { name } = call.bucket();
  call.allow(write, call.resource);
  const setting = `${kind}:${call.query.get("id") ?? ""}`;
  if (call.store.buckets.setting(name, setting) === undefined) throw noSuchConfiguration();
  call.store.commit(undefined, () => call.store.buckets.removeSetting(name, setting));
  call.reply({ status: 204 });
}

function spec(noun: string, root: string): CollectionSpec {
  return {
    root,
    list: `List${root}sResult`,
    read: `s3:Get${noun}Configuration`,
    write: `s3:Put${noun}Configuration`,
  };
}

function specOf(kind: string): CollectionSpec {
  const found = SPECS[kind];
  if (!found) throw s3Error.methodNotAllowed("", kind);
  return found;
}

function noSuchConfiguration(): AwsError {
  return new AwsError("NoSuchConfiguration", 404, "The specified configuration does not exist.");
}
