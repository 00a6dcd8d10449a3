import type { Arm } from "../../azure/arm/arm.ts";
import type { ContainerArgs } from "../../azure/arm/model.ts";
import { accountId, containerId } from "../../azure/arm/state.ts";
import { optionalText, text, textMap } from "../framework/access.ts";
import { Provider } from "../framework/provider.ts";
import { recorded, type Records } from "../framework/recorded.ts";
import type { Live, ResourceType } from "../framework/resource-type.ts";
import { name, oneOf } from "../framework/rules.ts";
import { readSchema } from "../schema/schema.ts";
import type { Props, Value } from "../wire/values.ts";
import { azureLookups } from "./lookups.ts";
import { configureAzure, partsOf, refuseExisting, unlessGone, type AzureScope } from "./scope.ts";
import { sameLocation, storageAccount } from "./storage-account.ts";

type AzureType = ResourceType<AzureScope>;

/** The stand-in for pulumi-azure-native: every type it serves, through the local Resource Manager. */
export function azureProvider(arm: Arm, records: Records): Provider<AzureScope> {
  return new Provider<AzureScope>({
    schema: readSchema("azure-native"),
    types: [
      resourceGroup(arm),
      storageAccount(arm),
      blobContainer(arm),
      blobService(arm),
      managementPolicy(records),
    ],
    functions: azureLookups(arm),
    configure: configureAzure,
  });
}

function resourceGroup(arm: Arm): AzureType {
  return {
    token: "azure-native:resources:ResourceGroup",
    autoname: { property: "resourceGroupName", maxLength: 90, separator: "", random: 8 },
    supports: ["resourceGroupName", "location", "tags"],
    replaceOn: ["resourceGroupName", "location"],
    rules: {
      resourceGroupName: name({
        max: 90,
        form: /^[\p{L}\p{N}._()-]*[\p{L}\p{N}_()-]$/u,
        words: "letters, digits and . _ ( ) -, not ending with a dot",
      }),
    },
    create: async (inputs, scope) => {
      const group = text(inputs, "resourceGroupName");
      await refuseExisting(unlessGone(arm.getResourceGroup(group)));
      const location = optionalText(inputs, "location") ?? scope.location ?? "";
      return (await arm.putResourceGroup(group, { location, tags: textMap(inputs, "tags") })).id;
    },
    settle: async (id, inputs, _scope, before) => {
      if (before === undefined) return;
      const { group } = partsOf(id);
      const { location } = await arm.getResourceGroup(group);
      await arm.putResourceGroup(group, { location, tags: textMap(inputs, "tags") });
    },
    read: async (id, inputs): Promise<Live | undefined> => {
      const found = await unlessGone(arm.getResourceGroup(partsOf(id).group));
      if (found === undefined) return undefined;
      const given = "location" in inputs;
      return {
        inputs: {
          resourceGroupName: found.name,
          tags: { ...found.tags },
          ...(given ? { location: sameLocation(inputs, found.location) } : {}),
        },
        outputs: {
          ...(given ? {} : { location: found.location }),
          azureApiVersion: "2024-11-01",
          name: found.name,
          type: found.type,
          properties: { provisioningState: found.provisioningState },
        },
      };
    },
    delete: async (id) => {
      await unlessGone(arm.deleteResourceGroup(partsOf(id).group));
    },
  };
}

function blobContainer(arm: Arm): AzureType {
  const args = (inputs: Props): ContainerArgs => ({
    publicAccess: (optionalText(inputs, "publicAccess") ?? "None") as NonNullable<
      ContainerArgs["publicAccess"]
    >,
    metadata: textMap(inputs, "metadata"),
  });
  return {
    token: "azure-native:storage:BlobContainer",
    autoname: { property: "containerName", maxLength: 63, random: 0 },
    supports: ["accountName", "resourceGroupName", "containerName", "publicAccess", "metadata"],
    replaceOn: ["accountName", "resourceGroupName", "containerName"],
    rules: {
      publicAccess: oneOf("None", "Blob", "Container"),
      containerName: name({
        min: 3,
        max: 63,
        form: /^(\$root|\$web|\$logs|[a-z0-9](-?[a-z0-9])*)$/,
        words: "lower-case letters, digits and single hyphens between them",
      }),
    },
    create: async (inputs) => {
      const group = text(inputs, "resourceGroupName");
      const [account, container] = [text(inputs, "accountName"), text(inputs, "containerName")];
      await refuseExisting(unlessGone(arm.getContainer(group, account, container)));
      await arm.putContainer(group, account, container, args(inputs));
      return containerId(group, account, container);
    },
    settle: async (id, inputs, _scope, before) => {
      if (before === undefined) return;
      const { group, account, container } = partsOf(id);
      await arm.putContainer(group, account, container, args(inputs));
    },
    read: async (id, inputs): Promise<Live | undefined> => {
      const { group, account, container } = partsOf(id);
      const found = await unlessGone(arm.getContainer(group, account, container));
      if (found === undefined) return undefined;
      const compared = "publicAccess" in inputs || found.publicAccess !== "None";
      const publicAccess = { publicAccess: found.publicAccess };
      // Not the ETag, the lease or the last change: they move with every blob, which is no drift.
      return {
        inputs: {
          accountName: account,
          containerName: found.name,
          metadata: { ...found.metadata },
          ...(compared ? publicAccess : {}),
        },
        outputs: {
          ...(compared ? {} : publicAccess),
          azureApiVersion: "2024-01-01",
          hasImmutabilityPolicy: found.hasImmutabilityPolicy,
          hasLegalHold: found.hasLegalHold,
          name: found.name,
          type: found.type,
        },
      };
    },
    delete: async (id) => {
      const { group, account, container } = partsOf(id);
      await unlessGone(arm.deleteContainer(group, account, container));
    },
  };
}

/** The one set of properties that every account has; deleting it puts them back to nothing set. */
function blobService(arm: Arm): AzureType {
  const place = ["accountName", "resourceGroupName", "blobServicesName"];
  const put = (id: string, inputs: Props, before: Props) => {
    const { group, account } = partsOf(id);
    const names = Object.keys({ ...before, ...inputs }).filter((key) => !place.includes(key));
    const properties = Object.fromEntries(names.map((key) => [key, inputs[key]]));
    return arm.putBlobService(group, account, properties);
  };
  return {
    token: "azure-native:storage:BlobServiceProperties",
    defaults: { blobServicesName: "default" },
    replaceOn: place,
    rules: { blobServicesName: oneOf("default") },
    create: async (inputs) => {
      const account = accountId(text(inputs, "resourceGroupName"), text(inputs, "accountName"));
      const id = `${account}/blobServices/default`;
      await put(id, inputs, {});
      return id;
    },
    settle: async (id, inputs, _scope, before) => {
      if (before !== undefined) await put(id, inputs, before);
    },
    read: async (id): Promise<Live | undefined> => {
      const { group, account } = partsOf(id);
      const found = await unlessGone(arm.getBlobService(group, account));
      if (found === undefined) return undefined;
      return {
        inputs: { ...(found.properties as Record<string, Value>) },
        outputs: { azureApiVersion: "2024-01-01", name: found.name, type: found.type },
      };
    },
    delete: async (id, inputs) => {
      await unlessGone(put(id, {}, inputs));
    },
  };
}

/** Recorded: blobs here do not grow old. */
function managementPolicy(table: Records): AzureType {
  return recorded(table, {
    token: "azure-native:storage:ManagementPolicy",
    defaults: { managementPolicyName: "default" },
    replaceOn: ["accountName", "resourceGroupName", "managementPolicyName"],
    rules: { managementPolicyName: oneOf("default") },
    identify: (inputs) => ({
      id: `${accountId(text(inputs, "resourceGroupName"), text(inputs, "accountName"))}/managementPolicies/default`,
    }),
    outputs: () => ({
      azureApiVersion: "2024-01-01",
      name: "DefaultManagementPolicy",
      type: "Microsoft.Storage/storageAccounts/managementPolicies",
    }),
  });
}
