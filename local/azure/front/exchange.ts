import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { AccountRow } from "../arm/model.ts";
import { authorization, isSignedBy } from "../blob/shared-key.ts";
import { authenticationFailed } from "./errors.ts";
import type { BlobRequest, FrontRoute } from "./request.ts";
import { asObject, type RawHeaders, type Upstream } from "./upstream.ts";

/** One request that the account's own rules let in. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly request: BlobRequest;
  readonly route: FrontRoute;
  readonly row: AccountRow;
  readonly upstream: Upstream;
}

/** What the caller is answered; `body` must be read or destroyed. */
export interface Reply {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Readable;
}

/**
 * The Authorization for a request that the front changed before Azurite sees it. A SAS covers neither headers
 * nor query and stays as it is; a Shared Key signature is verified here and made anew. Throws AuthenticationFailed.
 */
export function reauthorized(exchange: Exchange, target: string, headers: RawHeaders): RawHeaders {
  const { request, row } = exchange;
  if (request.credentials !== "shared key") return headers;
  const keys = row.keys.map(({ value }) => value);
  if (!isSignedBy(row.account.name, keys, request)) {
    throw authenticationFailed(
      "The MAC signature found in the HTTP request is not the expected one.",
    );
  }
  const signed = { method: "PUT", target, headers: asObject(headers) };
  const value = authorization(row.account.name, row.keys[0].value, signed);
  return [...headers, "Authorization", value];
}
