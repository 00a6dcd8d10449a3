import { readFileSync } from "node:fs";
import { BadJob } from "../errors.ts";

/** The certificates that AWS_CA_BUNDLE names, as the AWS tools read it; NODE_EXTRA_CA_CERTS Node reads itself. Throws BadJob when the file cannot be read. */
export function caBundle(env: NodeJS.ProcessEnv): { readonly ca?: string } {
  const file = env["AWS_CA_BUNDLE"];
  if (file === undefined || file === "") return {};
  try {
    return { ca: readFileSync(file, "utf8") };
  } catch (error) {
    throw new BadJob(`AWS_CA_BUNDLE names ${file}, which cannot be read: ${String(error)}`);
  }
}
