import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

const found = new Map<string | undefined, Promise<PulumiCommand>>();

/**
 * The engine's command, whose version is asked for once in a process: a child that waits for work has asked already.
 * @throws Error when there is none at `root` (absent: on the PATH), or it is too old.
 */
export function engineCommand(root: string | undefined): Promise<PulumiCommand> {
  const known = found.get(root);
  if (known !== undefined) return known;
  const command = PulumiCommand.get(root === undefined ? {} : { root });
  found.set(root, command);
  // What is missing now may be installed when it is asked for again.
  command.catch(() => found.delete(root));
  return command;
}
