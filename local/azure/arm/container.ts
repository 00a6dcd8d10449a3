import type { Containers } from "../blob/containers.ts";
import { ArmError } from "./errors.ts";
import { ownerOf } from "./keys.ts";
import type { AccountRow, Container, ContainerArgs } from "./model.ts";
import { containerId } from "./state.ts";

/** Creates the container or changes what is given of it. Throws PublicAccessNotPermitted as ARM does. */
export async function putContainer(
  containers: Containers,
  row: AccountRow,
  name: string,
  args: ContainerArgs,
): Promise<void> {
  const owner = ownerOf(row);
  const access = args.publicAccess ?? "None";
  if (access !== "None" && !row.account.allowBlobPublicAccess) {
    throw new ArmError(
      409,
      "PublicAccessNotPermitted",
      "Public access is not permitted on this storage account.",
    );
  }
  if (await containers.create(owner, name, access, args.metadata ?? {})) return;
  if (args.publicAccess !== undefined) await containers.setAccess(owner, name, args.publicAccess);
  if (args.metadata !== undefined) await containers.setMetadata(owner, name, args.metadata);
}

/** The container as the data plane has it now, or undefined. */
export async function readContainer(
  containers: Containers,
  row: AccountRow,
  name: string,
): Promise<Container | undefined> {
  const found = await containers.get(ownerOf(row), name);
  if (found === undefined) return undefined;
  return {
    id: containerId(row.group, row.account.name, name),
    name,
    type: "Microsoft.Storage/storageAccounts/blobServices/containers",
    etag: found.etag,
    publicAccess: found.publicAccess,
    metadata: found.metadata,
    lastModifiedTime: found.lastModified.toISOString(),
    leaseStatus: found.leaseStatus,
    leaseState: found.leaseState,
    hasImmutabilityPolicy: false,
    hasLegalHold: false,
  };
}
