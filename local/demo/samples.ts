import { createCipheriv, createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

/** A file that a user would put into the source bucket. */
export interface Sample {
  readonly key: string;
  readonly size: number;
  readonly contentType: string;
  open(): Readable;
}

const MIB = 1024 * 1024;

/** Real data (npm vega-datasets), the names that break tools, an empty object, and a large one. */
export async function samples(largeBytes = 200 * MIB): Promise<Sample[]> {
  const datasets = await vegaDatasets();
  const csv = (name: string) => required(datasets, `datasets/${name}`);
  return [
    // First, so that it is under way beside the others.
    generated("large/generated.bin", largeBytes),
    ...datasets,
    { ...csv("stocks.csv"), key: "reports/Q3 summary (final).csv" },
    { ...csv("cars.json"), key: "übersicht/größen-日本語.json" },
    { ...csv("weather.csv"), key: "a+b/c+d & e=f.csv" },
    fromBytes("landing/_SUCCESS", Buffer.alloc(0), "application/octet-stream"),
  ];
}

export async function sha256(stream: Readable): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(stream, hash);
  return hash.digest("hex");
}

async function vegaDatasets(): Promise<Sample[]> {
  // The package exports its loader only, from build/; the files lie beside that.
  const folder = fileURLToPath(new URL("../data/", import.meta.resolve("vega-datasets")));
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      const { size } = await stat(file);
      return {
        key: `datasets/${name}`,
        size,
        contentType: contentTypes[extname(name)] ?? "application/octet-stream",
        open: () => createReadStream(file),
      };
    }),
  );
}

const contentTypes: Record<string, string> = {
  ".csv": "text/csv",
  ".tsv": "text/tab-separated-values",
  ".json": "application/json",
  ".png": "image/png",
  ".parquet": "application/vnd.apache.parquet",
  ".arrow": "application/vnd.apache.arrow.file",
};

function required(all: readonly Sample[], key: string): Sample {
  const found = all.find((sample) => sample.key === key);
  if (found === undefined)
    throw new Error(`vega-datasets has no ${key}; it has ${all.length} files`);
  return found;
}

function fromBytes(key: string, bytes: Buffer, contentType: string): Sample {
  return { key, size: bytes.length, contentType, open: () => Readable.from([bytes]) };
}

/** The same incompressible bytes every time: the keystream of AES-128-CTR under a fixed key. */
function generated(key: string, size: number): Sample {
  const open = () => Readable.from(keystream(size), { objectMode: false });
  return { key, size, contentType: "application/octet-stream", open };
}

function* keystream(size: number): Generator<Buffer> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16));
  for (let left = size; left > 0; left -= MIB)
    yield cipher.update(Buffer.alloc(Math.min(MIB, left)));
}
