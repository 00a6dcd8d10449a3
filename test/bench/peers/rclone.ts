import { mkdirSync, writeFileSync } from "node:fs";
import { AWS, SAS, type Rig } from "../rig.ts";
import type { Place } from "../stub/verify.ts";
import { cached } from "./cache.ts";
import { goProgram } from "./go-install.ts";
import { prepared, type Job, type Tool, type Tuning, type Work } from "./tool.ts";

const VERSION = "v1.75.1";

/** Spares requests; without checksums, which it would only store. */
const SPARING = [
  "--ignore-checksum",
  "--use-server-modtime",
  "--s3-no-check-bucket",
  "--azureblob-no-check-container",
  "--azureblob-disable-checksum",
  "--stats=0",
];
const SMALL = [...SPARING, "--s3-no-head-object", "--azureblob-no-head-object", "--buffer-size=0"];

/** The best that was found for each kind of work. --azureblob-no-head-object makes copies by several threads fail. */
const TUNED: Readonly<Record<Work, readonly string[]>> = {
  small: [...SMALL, "--transfers=32", "--checkers=32"],
  far: [...SMALL, "--transfers=512", "--checkers=64"],
  large: [
    ...SPARING,
    "--transfers=8",
    "--multi-thread-streams=0",
    "--buffer-size=0",
    "--azureblob-chunk-size=4Mi",
    "--azureblob-upload-concurrency=2",
  ],
  wide: [
    ...SPARING,
    "--transfers=8",
    "--multi-thread-streams=0",
    "--buffer-size=0",
    "--azureblob-chunk-size=4Mi",
    "--azureblob-upload-concurrency=8",
  ],
  compare: [
    "--transfers=64",
    "--checkers=256",
    "--fast-list",
    "--size-only",
    "--s3-no-head-object",
    "--stats=0",
  ],
};

export function rclone(tuning: Tuning): Tool {
  const file = () => goProgram("rclone", "github.com/rclone/rclone", VERSION);
  return {
    name: `rclone ${tuning}`,
    prepare: () => prepared(() => (file(), VERSION)),
    command: (job, rig) => ({
      file: file(),
      args: [
        "--config",
        configFile(rig, job),
        "copy",
        place(job.source),
        place(job.target),
        ...(tuning === "tuned" ? TUNED[job.work] : []),
      ],
      env: AWS,
    }),
  };
}

export function rcloneSettings(work: Work): string {
  return TUNED[work].join(" ");
}

function place({ side, bucket, prefix }: Place): string {
  return `${side === "s3" ? "s3" : "az"}:${bucket}/${prefix.replace(/\/$/, "")}`;
}

function configFile(rig: Rig, { target }: Job): string {
  const folder = cached("config");
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/rclone-${rig.ports.s3}.conf`;
  writeFileSync(
    file,
    `[s3]
type = s3
provider = AWS
endpoint = ${rig.s3Endpoint}
access_key_id = ${AWS.AWS_ACCESS_KEY_ID}
secret_access_key = ${AWS.AWS_SECRET_ACCESS_KEY}
region = us-east-1
force_path_style = true
[az]
type = azureblob
sas_url = ${rig.blobEndpoint}/${target.bucket}?${SAS}
`,
  );
  return file;
}
