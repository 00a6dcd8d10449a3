import { subscriptionId, tenantId } from "../../azure/arm/state.ts";
import { optionalText } from "../framework/access.ts";
import { ProviderError } from "../wire/errors.ts";
import type { Props } from "../wire/values.ts";

/** What a configured azure-native provider knows. */
export interface AzureScope {
  readonly subscriptionId: string;
  readonly tenantId: string;
  /** For resources that name none; undefined leaves it to the resource group. */
  readonly location: string | undefined;
}

export function configureAzure(config: Props): AzureScope {
  for (const [name, own] of Object.entries({ subscriptionId, tenantId })) {
    const given = optionalText(config, name);
    if (given === undefined || given === own) continue;
    throw new ProviderError(
      `The embedded Azure is ${name} ${own}: set "azure-native:${name}" to that, got "${given}".`,
    );
  }
  return { subscriptionId, tenantId, location: optionalText(config, "location") };
}

/** The named parts of an ARM id: `/subscriptions/S/resourceGroups/G/providers/...`. */
export function partsOf(id: string): { group: string; account: string; container: string } {
  const after = (segment: string): string => {
    const segments = id.split("/");
    const at = segments.findIndex((one) => one.toLowerCase() === segment.toLowerCase());
    return at < 0 ? "" : (segments[at + 1] ?? "");
  };
  return {
    group: after("resourceGroups"),
    account: after("storageAccounts"),
    container: after("containers"),
  };
}

/** The answer, or undefined when ARM says 404. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 404) return undefined;
    throw error;
  }
}

/** azure-native reads before it creates, so that it never takes over what somebody else made. */
export async function refuseExisting(
  found: Promise<{ readonly id: string } | undefined>,
): Promise<void> {
  const existing = await found;
  if (existing === undefined) return;
  throw new ProviderError(`cannot create already existing resource '${existing.id}'`);
}
