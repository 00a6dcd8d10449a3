import type { Redactor } from "./redact.ts";
import type { OperationRequest } from "./request.ts";
import { checkpointEncryption } from "./checkpoint.ts";
import { holdEngine } from "./language-gate.ts";
import { encryptionIn, exportedState, secretsIn, type StackEncryption } from "./state-secrets.ts";

/** What is known of a stack before anything is done to it. */
export interface StateBefore {
  exists: boolean;
  encryption: StackEncryption | undefined;
  /**
   * Its exported state, undefined when there is no such stack; resolved once the redactor has learnt its secrets. The engine takes no step
   * before that, and nothing that it says may be shown before that.
   */
  state: Promise<string | undefined>;
}

/**
 * Reads a stack's state. Where the backend lets us see how the stack is encrypted, the engine may be started meanwhile: it then waits,
 * ready, for the reading to end.
 * @throws StateUnreadable when it cannot be decrypted (there, or from `state`).
 */
export async function stateBefore(
  request: OperationRequest,
  redact: Redactor,
): Promise<StateBefore> {
  const state = exportedState(request, process.env).then((text) => {
    redact.learn(secretsIn(text));
    return text;
  });
  // Whoever needs it hears of it.
  state.catch(() => undefined);
  const seen = mayWait(request)
    ? await checkpointEncryption(request.stack, process.env)
    : undefined;
  if (seen !== undefined) {
    holdEngine(state);
    return { exists: true, encryption: seen, state };
  }
  const text = await state;
  return { exists: text !== undefined, encryption: encryptionIn(text), state };
}

/** Only an engine that runs the program asks for it before its first step; an approval and a repair are about the state itself. */
function mayWait({ action, repair = false, oversight }: OperationRequest): boolean {
  const runs = action === "up" || action === "preview";
  return runs && !repair && oversight?.approved === undefined;
}
