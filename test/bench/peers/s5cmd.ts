import { AWS } from "../rig.ts";
import { goProgram } from "./go-install.ts";
import { prepared, type Tool, type Tuning } from "./tool.ts";

const VERSION = "v2.3.0";

/** Between S3 buckets: the store itself copies. */
export function s5cmd(tuning: Tuning): Tool {
  const file = () => goProgram("s5cmd", "github.com/peak/s5cmd/v2", VERSION);
  return {
    name: `s5cmd ${tuning}`,
    prepare: () => prepared(() => (file(), VERSION)),
    command: (job, rig) => ({
      file: file(),
      args: [
        "--endpoint-url",
        rig.s3Endpoint,
        "--log",
        "error",
        ...(tuning === "tuned" ? ["--numworkers", "64"] : []),
        "cp",
        `s3://${job.source.bucket}/${job.source.prefix}*`,
        `s3://${job.target.bucket}/${job.target.prefix}`,
      ],
      env: AWS,
    }),
  };
}
