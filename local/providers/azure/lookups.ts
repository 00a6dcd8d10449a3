import type { Arm } from "../../azure/arm/arm.ts";
import type { AccountSasParameters, ServiceSasParameters } from "../../azure/arm/model.ts";
import { text } from "../framework/access.ts";
import type { FunctionType } from "../framework/resource-type.ts";
import type { Props } from "../wire/values.ts";
import type { AzureScope } from "./scope.ts";

/** As the real provider, these answer keys and tokens in the clear: a program must wrap them as secrets. */
export function azureLookups(arm: Arm): FunctionType<AzureScope>[] {
  return [
    {
      token: "azure-native:authorization:getClientConfig",
      invoke: (_args, { subscriptionId, tenantId }) => ({
        clientId: "00000000-0000-4000-8000-0000000000cc",
        objectId: "00000000-0000-4000-8000-0000000000bb",
        subscriptionId,
        tenantId,
      }),
    },
    {
      token: "azure-native:storage:listStorageAccountKeys",
      invoke: async (args) => {
        const { keys } = await arm.listKeys(...placeOf(args));
        return { keys: keys.map((key) => ({ ...key })) };
      },
    },
    {
      token: "azure-native:storage:listStorageAccountServiceSAS",
      invoke: async (args) => {
        const parameters = given(args) as unknown as ServiceSasParameters;
        return { serviceSasToken: await arm.serviceSas(...placeOf(args), parameters) };
      },
    },
    {
      token: "azure-native:storage:listStorageAccountSAS",
      invoke: async (args) => {
        const parameters = given(args) as unknown as AccountSasParameters;
        return { accountSasToken: await arm.accountSas(...placeOf(args), parameters) };
      },
    },
  ];
}

function placeOf(args: Props): [string, string] {
  return [text(args, "resourceGroupName"), text(args, "accountName")];
}

function given(args: Props): Props {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}
