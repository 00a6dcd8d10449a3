import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface Account {
  readonly name: string;
  /** As the service reads them from the token. */
  readonly roles: readonly string[];
  readonly what: string;
  readonly password: string;
}

const demo: readonly Omit<Account, "password">[] = [
  { name: "olga", roles: ["causeway:operator"], what: "operator of everything" },
  { name: "ada", roles: ["causeway:acme:admin"], what: "admin of tenant acme" },
  { name: "ravi", roles: ["causeway:acme:reader"], what: "reader of tenant acme" },
  { name: "gina", roles: ["causeway:globex:reader"], what: "reader of tenant globex" },
];

/** The demo accounts; their passwords are made once for each folder. */
export function readAccounts(file: string): Account[] {
  const passwords = readPasswords(file);
  return demo.map((account) => ({ ...account, password: passwords[account.name] ?? "" }));
}

function readPasswords(file: string): Record<string, string> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  const made = Object.fromEntries(
    demo.map(({ name }) => [name, randomBytes(9).toString("base64url")]),
  );
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}

/** In constant time, whether there is such an account or not. */
export function accountOf(
  accounts: readonly Account[],
  name: string,
  password: string,
): Account | undefined {
  const account = accounts.find((known) => known.name === name);
  const matches = timingSafeEqual(digest(password), digest(account?.password ?? ""));
  return matches && password !== "" ? account : undefined;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
