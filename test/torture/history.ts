import type { Random } from "./random.ts";

/** One thing that a user of the source does. */
export type Act =
  | { readonly do: "put"; readonly key: string; readonly version: number; readonly size: number }
  /** In parts of 5 MiB. */
  | { readonly do: "upload"; readonly key: string; readonly version: number; readonly size: number }
  | { readonly do: "delete"; readonly key: string };

const KiB = 1024;
const MiB = 1024 * KiB;

/** Names that every tool reads back the same; any two are different also without regard to case. */
const PLAIN = [
  "a.csv",
  "b/c.json",
  "b/c/d.parquet",
  "e f.txt",
  "g+h&i=j.bin",
  "ü/ß.txt",
  "日本/東京",
  "k.tar.gz",
];
/** Names that Azure cannot hold as they are, or that tools get wrong. */
const ODD = [
  "//",
  "dot.",
  "dots./x..",
  "slash/",
  "back\\slash",
  "%2F%",
  "a//b",
  "tab\there",
  "-",
  "Case",
  "case",
  " lead",
];

export interface Shape {
  readonly plain: string;
  readonly odd: string;
}

/** What happens to a few keys, in order. A few of them are large, and most are written more than once. */
export function historyOf(random: Random, prefix: Shape): Act[] {
  const keys = [
    ...random
      .shuffled(PLAIN)
      .slice(0, random.integer(2, 5))
      .map((name) => prefix.plain + name),
    ...random
      .shuffled(ODD)
      .slice(0, random.integer(1, 3))
      .map((name) => prefix.odd + name),
  ];
  const large = new Set(random.chance(0.4) ? [random.pick(keys)] : []);
  const acts: Act[] = [];
  const count = random.integer(8, 20);
  for (let version = 1; version <= count; version += 1) {
    const key = random.pick(keys);
    if (random.chance(0.2)) acts.push({ do: "delete", key });
    else acts.push(write(random, key, version, large.has(key)));
  }
  return acts;
}

function write(random: Random, key: string, version: number, large: boolean): Act {
  if (!large) return { do: "put", key, version, size: smallSize(random) };
  const size = random.pick([8 * MiB, 8 * MiB + 1, 17 * MiB, 23 * MiB + 7]);
  return { do: random.chance(0.5) ? "upload" : "put", key, version, size };
}

function smallSize(random: Random): number {
  return random.pick([
    0,
    1,
    31,
    32,
    33,
    random.integer(100, 10 * KiB),
    random.integer(64 * KiB, 300 * KiB),
  ]);
}
