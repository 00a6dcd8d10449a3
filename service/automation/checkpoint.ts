import { openObjects } from "./backend/objects.ts";
import { projectName } from "./project.ts";
import { encryptionOf, type SecretsProviders, type StackEncryption } from "./state-secrets.ts";

/**
 * How a stack's secrets are encrypted, as the backend's own file of it says: read in a few milliseconds, where an export takes the engine
 * a third of a second. Undefined where there is no such stack, or the file is not to be seen or understood.
 */
export async function checkpointEncryption(
  stack: string,
  env: NodeJS.ProcessEnv,
): Promise<StackEncryption | undefined> {
  const objects = await openObjects(env.PULUMI_BACKEND_URL, env);
  try {
    const text = await objects?.read(`.pulumi/stacks/${projectName}/${stack}.json`);
    const { checkpoint } = JSON.parse(text ?? "{}") as Checkpoint;
    return encryptionOf(checkpoint?.latest?.secrets_providers);
  } catch {
    // Whatever is wrong with it, the engine says better.
    return undefined;
  } finally {
    objects?.close();
  }
}

interface Checkpoint {
  checkpoint?: { latest?: { secrets_providers?: SecretsProviders } | null };
}
