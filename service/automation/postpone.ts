import Module, { createRequire } from "node:module";

/**
 * What the SDK loads only to serialize functions, which no pipeline has: the TypeScript compiler and npm's resolver are half of what a child
 * would load before it can work.
 */
const seldom = ["typescript", "@npmcli/arborist"];

/** Puts stand-ins in their place, which load the real ones as soon as something of them is asked for. To be called before the SDK is loaded. */
export function postponeSeldomNeeded(): void {
  const require = createRequire(import.meta.resolve("@pulumi/pulumi"));
  for (const name of seldom) {
    const file = require.resolve(name);
    if (require.cache[file] !== undefined) continue;
    const standIn = new Module(file);
    standIn.exports = standInFor(() => {
      if (require.cache[file] === standIn) Reflect.deleteProperty(require.cache, file);
      return require(file) as object;
    });
    standIn.loaded = true;
    require.cache[file] = standIn;
  }
}

function standInFor(load: () => object): object {
  let real: object | undefined;
  return new Proxy(
    {},
    {
      // An ES module is taken as it is by compiled imports, where all the names of another would be copied: loaded, that is.
      get: (_, name): unknown => name === "__esModule" || Reflect.get((real ??= load()), name),
      has: (_, name) => Reflect.has((real ??= load()), name),
    },
  );
}
