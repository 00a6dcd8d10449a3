import { dependenciesOf, isUnknown, OutputValue, reveal, type Props } from "../wire/values.ts";
import type { Builder } from "./construct.ts";

/** What builds an image and says what it is called; the digest in the URI is that of what was built. */
export interface ImageBuilder {
  build(repositoryUrl: string): Promise<{ readonly imageUri: string }>;
}

/**
 * awsx.ecr.Image. Previews build as well, as long as the repository exists: so unchanged code shows no change,
 * and changed code shows which task definitions it will replace.
 */
export function imageBuilder(images: ImageBuilder): Builder {
  return async (_component, inputs: Props) => {
    const given = inputs["repositoryUrl"] ?? null;
    const url = reveal(given);
    const uri =
      typeof url === "string" && !isUnknown(url) ? (await images.build(url)).imageUri : undefined;
    return { imageUri: new OutputValue(uri, false, dependenciesOf(given)) };
  };
}
