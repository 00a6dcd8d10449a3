import type { BlobRequest } from "./request.ts";

/** What goes wrong. */
export type Trouble =
  /** 503 ServerBusy, with Retry-After when given. */
  | { readonly kind: "busy"; readonly retryAfterSeconds?: number }
  /** Any error, as Azure would word it. */
  | { readonly kind: "error"; readonly status: number; readonly code: string }
  /** The connection is reset before anything is done. */
  | { readonly kind: "reset" }
  /** It is done, but the answer never arrives. */
  | { readonly kind: "lost answer" }
  /** It begins only after a while. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** The answer's body breaks off after so many bytes. */
  | { readonly kind: "truncated"; readonly bytes: number };

export interface Fault {
  /** Azure's name of the operation, for example `Put Block`; absent means any. */
  readonly operation?: string;
  readonly account?: string;
  readonly container?: string;
  /** The whole name, or a pattern; absent means any, also requests that name no blob. */
  readonly blob?: string | RegExp;
  readonly trouble: Trouble;
  /** How many requests it strikes; once by default. */
  readonly times?: number;
  /** How many matching requests it lets pass before. */
  readonly after?: number;
}

/** The list of what is to go wrong; the first that fits a request strikes it. */
export class Faults {
  readonly #armed: { readonly fault: Fault; pass: number; left: number }[] = [];

  inject(fault: Fault): void {
    this.#armed.push({ fault, pass: fault.after ?? 0, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#armed.length = 0;
  }

  /** The trouble that strikes this request, if any; it is counted as struck. */
  take(
    request: Pick<BlobRequest, "operation" | "account" | "container" | "blob">,
  ): Trouble | undefined {
    for (const armed of this.#armed) {
      if (armed.left === 0 || !fits(armed.fault, request)) continue;
      if (armed.pass > 0) {
        armed.pass--;
        continue;
      }
      armed.left--;
      return armed.fault.trouble;
    }
    return undefined;
  }
}

function fits(
  fault: Fault,
  request: Pick<BlobRequest, "operation" | "account" | "container" | "blob">,
): boolean {
  const { operation, account, container, blob } = fault;
  if (operation !== undefined && operation !== request.operation) return false;
  if (account !== undefined && account !== request.account) return false;
  if (container !== undefined && container !== request.container) return false;
  return (
    blob === undefined ||
    (typeof blob === "string" ? blob === request.blob : blob.test(request.blob))
  );
}
