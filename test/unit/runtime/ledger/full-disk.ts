import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseLine, readText } from "../../../../runtime/ledger/decode.ts";
import { folderStore } from "../../../../runtime/ledger/folder.ts";
import { Ledger } from "../../../../runtime/ledger/ledger.ts";
import { LedgerTrouble } from "../../../../runtime/ledger/trouble.ts";
import { owner, record } from "./records.ts";

/** Records into a small file system until it is full, makes room, and prints what happened: run by folder.test.ts in a mount of its own. */
const [root = ""] = process.argv.slice(2);
const ballast = join(root, "ballast");
writeFileSync(ballast, randomBytes(256 * 1024));

const store = folderStore(join(root, "ledger"));
const signal = new AbortController().signal;
const troubles: unknown[] = [];
const full = Promise.withResolvers<undefined>();
const ledger = new Ledger({
  owner,
  worker: "w",
  write: (name, bytes, until) => store.write(name, bytes, until),
  signal,
  onTrouble: (error) => {
    troubles.push(error);
    full.resolve(undefined);
  },
  flushMs: 1,
  mostPending: 200_000,
});

let letOn = 0;
const intake = (async () => {
  for (let n = 0; n < 4000; n += 1) {
    await ledger.room();
    letOn += 1;
    void ledger.record([record(`${n}-${randomBytes(60).toString("base64")}`)]);
  }
})();
await full.promise;
await new Promise((resolve) => setTimeout(resolve, 50));
const whenFull = letOn;
rmSync(ballast);
await intake;
await ledger.sync();

const numbers: number[] = [];
let parts = 0;
for await (const name of store.list("", "", signal)) {
  if (name.endsWith(".part")) parts += 1;
  const text = await readText(name, (await store.read(name, signal)) ?? Buffer.alloc(0));
  for (const line of text.trim().split("\n"))
    numbers.push(parseInt(parseLine(line)?.key ?? "", 10));
}
const [trouble] = troubles;
console.log(
  JSON.stringify({
    full: trouble instanceof LedgerTrouble && trouble.full,
    message: trouble instanceof Error ? trouble.message : "",
    whenFull,
    parts,
    inOrder: numbers.every((n, index) => n === index),
    lines: numbers.length,
  }),
);
