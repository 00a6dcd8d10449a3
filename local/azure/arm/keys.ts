import { randomBytes } from "node:crypto";
import type { Owner } from "../blob/containers.ts";
import { invalidParameter } from "./errors.ts";
import type { AccountRow, StorageAccountKey, StoredKey } from "./model.ts";

export function newKey(now: Date): StoredKey {
  return { value: randomBytes(64).toString("base64"), creationTime: now.toISOString() };
}

export function keysOf({ keys }: AccountRow): StorageAccountKey[] {
  return keys.map((key, index) => ({
    keyName: index === 0 ? "key1" : "key2",
    permissions: "FULL",
    ...key,
  }));
}

/** The row with one key replaced. Pure; throws InvalidValuesForRequestParameters. */
export function withKey(row: AccountRow, keyName: string, key: StoredKey): AccountRow {
  const [key1, key2] = row.keys;
  if (keyName === "key1") return { ...row, keys: [key, key2] };
  if (keyName === "key2") return { ...row, keys: [key1, key] };
  throw invalidParameter("keyName");
}

/** The value of the key to sign with; key1 when none is named. */
export function keyNamed({ keys: [key1, key2] }: AccountRow, name = "key1"): string {
  if (name === "key1") return key1.value;
  if (name === "key2") return key2.value;
  throw invalidParameter("keyToSign");
}

export function ownerOf({ account, keys }: AccountRow): Owner {
  return { name: account.name, key: keys[0].value };
}
