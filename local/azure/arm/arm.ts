import type { AzuriteAccount } from "../azurite/azurite.ts";
import type { Containers, Owner } from "../blob/containers.ts";
import { changedAccount, newAccount } from "./account.ts";
import { putContainer, readContainer } from "./container.ts";
import { accountNotFound, ArmError, containerNotFound, groupNotFound } from "./errors.ts";
import { keyNamed, keysOf, newKey, ownerOf, withKey } from "./keys.ts";
import { Lanes } from "./lanes.ts";
import type {
  AccountRow,
  AccountSasParameters,
  BlobServiceProperties,
  Container,
  ContainerArgs,
  ResourceGroup,
  ResourceGroupArgs,
  ServiceSasParameters,
  StorageAccount,
  StorageAccountArgs,
  StorageAccountKey,
} from "./model.ts";
import { checkAccountName, checkContainerName, checkGroupName } from "./rules.ts";
import { Roster } from "./roster.ts";
import { accountSas, serviceSas } from "./sas.ts";
import { accountId, type ArmState, groupId } from "./state.ts";

/** The front's own first path segment, so no account may have it. */
const reservedName = "subscriptions";

export interface ArmOptions {
  readonly state: ArmState;
  readonly containers: Containers;
  /** Tells Azurite which accounts exist. */
  readonly publish: (accounts: readonly AzuriteAccount[]) => Promise<void>;
  /** The printed endpoint, without a slash at its end. */
  readonly endpoint: () => string;
  readonly now?: () => Date;
}

/** Azure Resource Manager: resource groups, storage accounts, their keys and their containers. Every method throws ArmError. */
export class Arm {
  readonly #state: ArmState;
  readonly #containers: Containers;
  readonly #roster: Roster;
  readonly #endpoint: () => string;
  readonly #now: () => Date;
  readonly #lanes = new Lanes();

  constructor(options: ArmOptions) {
    this.#state = options.state;
    this.#containers = options.containers;
    this.#roster = new Roster(options.state.accounts.values(), options.publish);
    this.#endpoint = options.endpoint;
    this.#now = options.now ?? (() => new Date());
  }

  putResourceGroup(name: string, args: ResourceGroupArgs): Promise<ResourceGroup> {
    return this.#lanes.run(lane(name), () => {
      checkGroupName(name);
      const known = this.#state.groups.get(name.toLowerCase());
      const group: ResourceGroup = {
        id: known?.id ?? groupId(name),
        name: known?.name ?? name,
        type: "Microsoft.Resources/resourceGroups",
        location: known?.location ?? args.location,
        tags: args.tags ?? {},
        provisioningState: "Succeeded",
      };
      if (known !== undefined && known.location !== args.location) {
        throw new ArmError(
          409,
          "InvalidResourceGroupLocation",
          `Invalid resource group location '${args.location}'. The Resource group already exists in location '${known.location}'.`,
        );
      }
      this.#state.groups.set(name.toLowerCase(), group);
      return Promise.resolve(group);
    });
  }

  async getResourceGroup(name: string): Promise<ResourceGroup> {
    return Promise.resolve(this.#group(name));
  }

  /** Deletes what is in it, too. */
  deleteResourceGroup(name: string): Promise<void> {
    return this.#lanes.run(lane(name), async () => {
      this.#group(name);
      for (const account of await this.listStorageAccounts(name)) {
        await this.deleteStorageAccount(name, account.name);
      }
      this.#state.groups.delete(name.toLowerCase());
    });
  }

  /** Creates or changes; what a change leaves out stays as it is. */
  putStorageAccount(
    group: string,
    name: string,
    args: StorageAccountArgs,
  ): Promise<StorageAccount> {
    return this.#lanes.run(name, async () => {
      checkAccountName(name);
      const owner = this.#group(group);
      const row = this.#state.accounts.get(name);
      if (row === undefined && name !== reservedName) return this.#create(owner.name, name, args);
      if (row === undefined || !sameGroup(row, group)) throw alreadyTaken(name);
      return this.#change(row, args);
    });
  }

  patchStorageAccount(
    group: string,
    name: string,
    args: StorageAccountArgs,
  ): Promise<StorageAccount> {
    return this.#lanes.run(name, () => Promise.resolve(this.#change(this.#row(group, name), args)));
  }

  async getStorageAccount(group: string, name: string): Promise<StorageAccount> {
    return Promise.resolve(this.#answer(this.#row(group, name)));
  }

  /** Of one resource group, or of the subscription. */
  async listStorageAccounts(group?: string): Promise<StorageAccount[]> {
    if (group !== undefined) this.#group(group);
    const rows = this.#state.accounts.values();
    const wanted = group === undefined ? rows : rows.filter((row) => sameGroup(row, group));
    return Promise.resolve(wanted.map((row) => this.#answer(row)));
  }

  /** With all its containers and blobs. Deleting what does not exist is no error, as in ARM. */
  deleteStorageAccount(group: string, name: string): Promise<void> {
    return this.#lanes.run(name, async () => {
      this.#group(group);
      const row = this.#state.accounts.get(name);
      if (row === undefined || !sameGroup(row, group)) return;
      this.#state.accounts.delete(name);
      await this.#purge(ownerOf(row));
      await this.#roster.dismiss(name);
    });
  }

  async listKeys(group: string, account: string): Promise<{ keys: StorageAccountKey[] }> {
    return Promise.resolve({ keys: keysOf(this.#row(group, account)) });
  }

  /** @param keyName `key1` or `key2`; whatever was signed with the old one stops working at once */
  regenerateKey(
    group: string,
    account: string,
    keyName: string,
  ): Promise<{ keys: StorageAccountKey[] }> {
    return this.#lanes.run(account, async () => {
      const row = this.#row(group, account);
      const changed = withKey(row, keyName, newKey(this.#now()));
      this.#state.accounts.set(account, changed);
      await this.#roster.admit(changed);
      return { keys: keysOf(changed) };
    });
  }

  /** Creates or changes. */
  putContainer(
    group: string,
    account: string,
    name: string,
    args: ContainerArgs = {},
  ): Promise<Container> {
    return this.#lanes.run(account, async () => {
      checkContainerName(name);
      const row = this.#row(group, account);
      await putContainer(this.#containers, row, name, args);
      return this.getContainer(group, account, name);
    });
  }

  async getContainer(group: string, account: string, name: string): Promise<Container> {
    const row = this.#row(group, account);
    checkContainerName(name);
    const container = await readContainer(this.#containers, row, name);
    if (container === undefined) throw containerNotFound();
    return container;
  }

  async listContainers(group: string, account: string): Promise<Container[]> {
    const row = this.#row(group, account);
    const names = await this.#containers.list(ownerOf(row));
    const found = await Promise.all(
      names.map((name) => readContainer(this.#containers, row, name)),
    );
    return found.filter((container) => container !== undefined);
  }

  /** Deleting what does not exist is no error, as in ARM. */
  async deleteContainer(group: string, account: string, name: string): Promise<void> {
    await this.#containers.delete(ownerOf(this.#row(group, account)), name);
  }

  async getBlobService(group: string, account: string): Promise<BlobServiceProperties> {
    return Promise.resolve(blobServiceOf(this.#row(group, account)));
  }

  /** Kept and answered; nothing acts on it here (Azurite has no soft delete and no versions). */
  putBlobService(
    group: string,
    account: string,
    properties: Readonly<Record<string, unknown>>,
  ): Promise<BlobServiceProperties> {
    return this.#lanes.run(account, () => {
      const row = this.#row(group, account);
      const changed = { ...row, blobService: { ...row.blobService, ...properties } };
      this.#state.accounts.set(account, changed);
      return Promise.resolve(blobServiceOf(changed));
    });
  }

  /** The token of listServiceSas (no question mark); the same parameters always give the same one. */
  async serviceSas(
    group: string,
    account: string,
    parameters: ServiceSasParameters,
  ): Promise<string> {
    const key = keyNamed(this.#row(group, account), parameters.keyToSign);
    return Promise.resolve(serviceSas(account, key, parameters));
  }

  /** The token of listAccountSas (no question mark). */
  async accountSas(
    group: string,
    account: string,
    parameters: AccountSasParameters,
  ): Promise<string> {
    const key = keyNamed(this.#row(group, account), parameters.keyToSign);
    return Promise.resolve(accountSas(account, key, parameters));
  }

  /** ARM ids of all that exists: groups, accounts, containers. */
  async inventory(): Promise<string[]> {
    const ids = this.#state.groups.values().map((group) => group.id);
    for (const row of this.#state.accounts.values()) {
      ids.push(row.account.id);
      for (const container of await this.listContainers(row.group, row.account.name)) {
        ids.push(container.id);
      }
    }
    return ids;
  }

  /**
   * An account becomes visible only when it is empty: a deletion that was cut off may have left containers
   * in Azurite under the same name.
   */
  async #create(group: string, name: string, args: StorageAccountArgs): Promise<StorageAccount> {
    const now = this.#now();
    const account = newAccount(group, name, args, now);
    const row: AccountRow = { group, account, keys: [newKey(now), newKey(now)], blobService: {} };
    await this.#roster.admit(row);
    await this.#purge(ownerOf(row));
    this.#state.accounts.set(name, row);
    return this.#answer(row);
  }

  #change(row: AccountRow, args: StorageAccountArgs): StorageAccount {
    const changed: AccountRow = { ...row, account: changedAccount(row.account, args) };
    this.#state.accounts.set(row.account.name, changed);
    return this.#answer(changed);
  }

  async #purge(owner: Owner): Promise<void> {
    for (const name of await this.#containers.list(owner))
      await this.#containers.delete(owner, name);
  }

  #group(name: string): ResourceGroup {
    const group = this.#state.groups.get(name.toLowerCase());
    if (group === undefined) throw groupNotFound(name);
    return group;
  }

  #row(group: string, account: string): AccountRow {
    this.#group(group);
    const row = this.#state.accounts.get(account);
    if (row === undefined || !sameGroup(row, group)) throw accountNotFound(group, account);
    return row;
  }

  #answer(row: AccountRow): StorageAccount {
    const blob = `${this.#endpoint()}/${row.account.name}/`;
    return { ...row.account, primaryEndpoints: { blob } };
  }
}

function sameGroup(row: AccountRow, group: string): boolean {
  return row.group.toLowerCase() === group.toLowerCase();
}

/** Groups and accounts have lanes of their own; a group's deletion waits for its accounts' lanes. */
function lane(group: string): string {
  return `group/${group.toLowerCase()}`;
}

function alreadyTaken(name: string): ArmError {
  return new ArmError(
    409,
    "StorageAccountAlreadyTaken",
    `The storage account named ${name} is already taken.`,
  );
}

function blobServiceOf({ group, account, blobService }: AccountRow): BlobServiceProperties {
  return {
    id: `${accountId(group, account.name)}/blobServices/default`,
    name: "default",
    type: "Microsoft.Storage/storageAccounts/blobServices",
    properties: blobService,
  };
}
