import type { AzuriteAccount } from "../azurite/azurite.ts";
import type { AccountRow } from "./model.ts";

/**
 * The accounts that Azurite knows. They are more than those that ARM shows: one that is being created is
 * admitted before it is shown, one that is being deleted is dismissed after it was emptied.
 */
export class Roster {
  readonly #known = new Map<string, AzuriteAccount>();
  readonly #publish: (accounts: readonly AzuriteAccount[]) => Promise<void>;

  constructor(
    rows: readonly AccountRow[],
    publish: (accounts: readonly AzuriteAccount[]) => Promise<void>,
  ) {
    for (const row of rows) this.#known.set(row.account.name, asAzuriteKnowsIt(row));
    this.#publish = publish;
  }

  async admit(row: AccountRow): Promise<void> {
    this.#known.set(row.account.name, asAzuriteKnowsIt(row));
    await this.#publish([...this.#known.values()]);
  }

  async dismiss(account: string): Promise<void> {
    this.#known.delete(account);
    await this.#publish([...this.#known.values()]);
  }
}

export function asAzuriteKnowsIt({ account, keys }: AccountRow): AzuriteAccount {
  return { name: account.name, keys: keys.map(({ value }) => value) };
}
