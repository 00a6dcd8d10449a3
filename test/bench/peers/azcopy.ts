import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { AWS, SAS, type Rig } from "../rig.ts";
import type { Command } from "../measure.ts";
import { cached } from "./cache.ts";
import { prepared, type Tool, type Tuning } from "./tool.ts";

const VERSION = "10.32.2";
const PACKAGE = "@azure-tools/azcopy-linux";

/** Leaves out what costs a request for each object, and the log. */
const TUNED = [
  "--check-length=false",
  "--s2s-preserve-properties=false",
  "--s2s-preserve-access-tier=false",
  "--s2s-detect-source-changed=false",
  "--log-level=NONE",
  "--output-level=essential",
];
const TUNED_ENV: Readonly<Record<string, string>> = {
  AZCOPY_CONCURRENCY_VALUE: "300",
  AZCOPY_CONCURRENT_SCAN: "32",
};

/** By URL, which is all it does from S3. It knows S3 only as amazonaws.com: a proxy of the rig leads there. */
export function azcopy(tuning: Tuning): Tool {
  return {
    name: `azcopy ${tuning}`,
    prepare: () =>
      prepared(() => {
        const shown = execFileSync(install(), ["--version"], {
          stdio: ["ignore", "pipe", "pipe"],
        }).toString();
        return /azcopy version (\S+)/.exec(shown)?.[1] ?? VERSION;
      }),
    command: (job, rig) => ({
      file: install(),
      args: [
        "copy",
        `https://s3.us-east-1.amazonaws.com/${job.source.bucket}/${job.source.prefix}*`,
        `${rig.blobEndpoint}/${job.target.bucket}?${SAS}`,
        "--recursive",
        "--from-to=S3Blob",
        // The copy with nothing to do: what is newer at the target is left.
        ...(job.work === "compare" ? ["--overwrite=ifSourceNewer"] : []),
        ...(tuning === "tuned" ? TUNED : []),
      ],
      env: environment(rig, tuning),
    }),
  };
}

/** `azcopy jobs resume` of the last job. */
export function azcopyResume(rig: Rig): Command {
  const env = environment(rig, "default");
  const listed = execFileSync(install(), ["jobs", "list"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  }).toString();
  const id = /JobId: ([0-9a-f-]+)/.exec(listed)?.[1] ?? "";
  return {
    file: install(),
    args: ["jobs", "resume", id, `--destination-sas=${SAS}`],
    env,
  };
}

export function azcopySettings(): string {
  const env = Object.entries(TUNED_ENV).map(([name, value]) => `${name}=${value}`);
  return [...env, ...TUNED].join(" ");
}

function environment(rig: Rig, tuning: Tuning): Record<string, string> {
  return {
    ...AWS,
    HTTPS_PROXY: `http://127.0.0.1:${rig.ports.proxy}`,
    NO_PROXY: "127.0.0.1",
    SSL_CERT_FILE: rig.ports.caFile,
    AZCOPY_LOG_LOCATION: cached("azcopy", `log-${rig.ports.control}`),
    AZCOPY_JOB_PLAN_LOCATION: cached("azcopy", `plan-${rig.ports.control}`),
    AZCOPY_DISABLE_SYSLOG: "true",
    ...(tuning === "tuned" ? TUNED_ENV : {}),
  };
}

function install(): string {
  const folder = cached("azcopy");
  const file = `${folder}/node_modules/${PACKAGE}/dist/bin/azcopy_linux_amd64`;
  if (existsSync(file)) return file;
  console.error(`Installing ${PACKAGE}@${VERSION} (once) ...`);
  mkdirSync(folder, { recursive: true });
  const quiet = { stdio: ["ignore", "ignore", "pipe"] as ["ignore", "ignore", "pipe"] };
  execFileSync(
    "npm",
    [
      "install",
      "--prefix",
      folder,
      "--no-save",
      "--no-audit",
      "--no-fund",
      `${PACKAGE}@${VERSION}`,
    ],
    quiet,
  );
  chmodSync(file, 0o755);
  if (!hasLibsecret(file)) {
    try {
      execFileSync("apt-get", ["install", "-y", "libsecret-1-0"], quiet);
    } catch {
      throw new Error(
        "AzCopy needs libsecret: install Debian's libsecret-1-0 (apt-get install libsecret-1-0) and run again.",
      );
    }
  }
  return file;
}

function hasLibsecret(file: string): boolean {
  return !execFileSync("ldd", [file]).toString().includes("libsecret-1.so.0 => not found");
}
