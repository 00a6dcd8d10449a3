import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Table } from "../../table.ts";
import type { AccountRow, ResourceGroup } from "./model.ts";

export const subscriptionId = "00000000-0000-4000-8000-000000000001";
export const tenantId = "00000000-0000-4000-8000-0000000000aa";

/** What ARM knows; the front reads the same rows for every request, so a change counts at once. */
export class ArmState {
  /** By lower-cased name: ARM compares resource groups without regard to case. */
  readonly groups: Table<ResourceGroup>;
  /** By name, which is unique in all of Azure. */
  readonly accounts: Table<AccountRow>;
  /** What the REST face takes as a bearer token. */
  readonly token: string;

  constructor(home: string | undefined) {
    const file = (name: string): string | undefined =>
      home === undefined ? undefined : join(home, `${name}.json`);
    this.groups = new Table(file("groups"));
    this.accounts = new Table(file("accounts"));
    this.token = persistedToken(new Table(file("token")));
  }
}

function persistedToken(table: Table<string>): string {
  const known = table.get("arm");
  if (known !== undefined) return known;
  const token = randomBytes(32).toString("base64url");
  table.set("arm", token);
  return token;
}

export function groupId(group: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${group}`;
}

export function accountId(group: string, account: string): string {
  return `${groupId(group)}/providers/Microsoft.Storage/storageAccounts/${account}`;
}

export function containerId(group: string, account: string, container: string): string {
  return `${accountId(group, account)}/blobServices/default/containers/${container}`;
}
