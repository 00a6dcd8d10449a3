import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A small persistent map, one JSON file, for the embedded clouds' control data (never for object bodies).
 * Writes are synchronous and atomic (write aside, rename), so a killed process leaves a whole file behind.
 * Without a file it lives in memory only.
 */
export class Table<T> {
  readonly #file: string | undefined;
  readonly #rows: Map<string, T>;

  constructor(file?: string) {
    this.#file = file;
    this.#rows = new Map(Object.entries(file === undefined ? {} : read<T>(file)));
  }

  get(key: string): T | undefined {
    return this.#rows.get(key);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  set(key: string, row: T): void {
    this.#rows.set(key, row);
    this.#save();
  }

  delete(key: string): boolean {
    const existed = this.#rows.delete(key);
    if (existed) this.#save();
    return existed;
  }

  entries(): [string, T][] {
    return [...this.#rows.entries()];
  }

  values(): T[] {
    return [...this.#rows.values()];
  }

  #save(): void {
    if (this.#file === undefined) return;
    mkdirSync(dirname(this.#file), { recursive: true });
    const aside = `${this.#file}.${process.pid}.tmp`;
    writeFileSync(aside, JSON.stringify(Object.fromEntries(this.#rows), null, 1), { mode: 0o600 });
    renameSync(aside, this.#file);
  }
}

function read<T>(file: string): Record<string, T> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, T>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new Error(`The embedded clouds cannot read ${file}; "npm run clean" forgets it.`, {
      cause: error,
    });
  }
}
