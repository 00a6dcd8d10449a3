// The package has no types for it.
import * as automation from "@pulumi/pulumi/automation/server.js";

type Unary = (this: object, call: unknown, callback: (error: Error | null) => void) => void;

const { LanguageServer } = automation as unknown as {
  LanguageServer: { prototype: { getRequiredPlugins: Unary } };
};

/**
 * Keeps an engine that this process serves its program to from its first step until `ready`: before it refreshes or changes anything, it
 * asks the program's host which plugins it needs, and waits for the answer. When `ready` fails, so does the engine's run.
 */
export function holdEngine(ready: Promise<unknown>): void {
  const answer = LanguageServer.prototype.getRequiredPlugins;
  LanguageServer.prototype.getRequiredPlugins = function (call, callback) {
    ready.then(
      () => answer.call(this, call, callback),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  };
}
