import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { World } from "./world.ts";

const run = promisify(execFile);

/** Where `npm run bench` builds it. */
export const RCLONE = join(homedir(), ".cache", "causeway", "bench", "bin", "rclone");

/** Has rclone read both sides and compare every byte of what all tools name alike. @returns 1 when it finds a difference. */
export async function rcloneFinds(world: World): Promise<number> {
  if (!existsSync(RCLONE)) throw new Error(`${RCLONE} is not there: run npm run bench:peers.`);
  const { accessKeyId, secretAccessKey } = world.rig.aws.adminCredentials;
  const source = `:s3,provider=Other,env_auth=false,region=${world.rig.aws.region},force_path_style=true,endpoint="${world.rig.aws.endpoint}",access_key_id="${accessKeyId}",secret_access_key="${secretAccessKey}":source`;
  const target = `:azureblob,sas_url="${world.rig.container.url}":landing`;
  const filter = ["--include", "/r*/plain/**"];
  try {
    const { stderr } = await run(RCLONE, ["check", source, target, "--download", ...filter], {
      maxBuffer: 64 * 1024 * 1024,
    });
    console.log(`rclone check --download: ${stderr.trim().split("\n").slice(-2).join("; ")}`);
    return 0;
  } catch (error) {
    console.log(
      `rclone finds differences:\n${(error as { stderr?: string }).stderr ?? String(error)}`,
    );
    return 1;
  }
}
