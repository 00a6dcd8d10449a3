import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BadJob } from "../errors.ts";

interface Native {
  /** Counts its arguments: `undefined` must be written. */
  checksums_crc64nvme(data: Uint8Array, previous: DataView | undefined): DataView;
}

/** A running CRC-64/NVME, computed natively by aws-crt (about 2 GB/s on one core). */
export class Crc64 {
  readonly #native = native();
  #state: DataView | undefined;

  update(bytes: Uint8Array): this {
    this.#state = this.#native.checksums_crc64nvme(bytes, this.#state);
    return this;
  }

  value(): bigint {
    return this.#state?.getBigUint64(0) ?? 0n;
  }
}

export function crc64(...chunks: readonly Uint8Array[]): bigint {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) {
    return native().checksums_crc64nvme(only, undefined).getBigUint64(0);
  }
  const crc = new Crc64();
  for (const chunk of chunks) crc.update(chunk);
  return crc.value();
}

let loaded: Native | undefined;

/**
 * The package's own loader starts `ldd` to tell glibc from musl and pulls in its HTTP and MQTT clients; only the binary is wanted.
 * In a bundle it lies beside the program (build.ts puts it there), else it is found in the installed package.
 */
function native(): Native {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  const file = binaries(require).find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new BadJob(
      `aws-crt has no binary for ${platformFolder()}: CRC-64/NVME cannot be computed. Use Linux, macOS or Windows on x64, or Linux or macOS on arm64.`,
    );
  }
  loaded = require(file) as Native;
  return loaded;
}

function binaries(require: NodeJS.Require): string[] {
  const beside = join(dirname(fileURLToPath(import.meta.url)), "aws-crt", platformFolder());
  const candidates = [join(beside, "aws-crt-nodejs.node")];
  try {
    const installed = dirname(require.resolve("aws-crt/package.json"));
    candidates.push(join(installed, "dist", "bin", platformFolder(), "aws-crt-nodejs.node"));
  } catch {
    // In a bundle there is no installed package.
  }
  return candidates;
}

/** The name aws-crt gives a platform's folder: `linux-x64-glibc`, `darwin-arm64-cruntime`. */
export function platformFolder(): string {
  return `${process.platform}-${process.arch}-${process.platform === "linux" ? libc() : "cruntime"}`;
}

function libc(): "glibc" | "musl" {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined ? "musl" : "glibc";
}
