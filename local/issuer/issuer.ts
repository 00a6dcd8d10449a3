import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import type Provider from "oidc-provider";
import { z } from "zod";
import { isLoopback } from "../../service/loopback.ts";
import { accountOf, readAccounts, type Account } from "./accounts.ts";
import { readKeys } from "./keys.ts";
import { loginPage, page } from "./pages.ts";
import { audience, makeProvider, startClientId } from "./provider.ts";

export interface IssuerOptions {
  /** Keys and passwords are kept here. */
  readonly folder: string;
  readonly port: number;
}

/** A real OpenID Connect issuer on loopback, with demo accounts. */
export class LocalIssuer {
  readonly url: string;
  readonly accounts: readonly Account[];
  readonly #server: Server;
  readonly #startSecret: string;

  private constructor(server: Server, url: string, accounts: Account[], startSecret: string) {
    this.#server = server;
    this.url = url;
    this.accounts = accounts;
    this.#startSecret = startSecret;
  }

  static async start({ folder, port }: IssuerOptions): Promise<LocalIssuer> {
    const accounts = readAccounts(join(folder, "accounts.json"));
    const { keys } = await readKeys(join(folder, "keys.json"));
    const startSecret = randomBytes(32).toString("base64url");
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}`;
    const provider = makeProvider({ issuer: url, accounts, keys, startSecret });
    server.on("request", answerWith(provider, accounts));
    return new LocalIssuer(server, url, accounts, startSecret);
  }

  /** An operator's access token, for whoever started the issuer. */
  async operatorToken(): Promise<string> {
    const answer = await fetch(`${this.url}/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${startClientId}:${this.#startSecret}`).toString("base64")}`,
      },
      body: new URLSearchParams({ grant_type: "client_credentials", resource: audience }),
    });
    if (!answer.ok) throw new Error(`the local issuer answered ${answer.status} to its own start`);
    return z.object({ access_token: z.string() }).parse(await answer.json()).access_token;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

const longestForm = 4096;

function answerWith(provider: Provider, accounts: readonly Account[]) {
  const others = provider.callback();
  return (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader("x-frame-options", "DENY");
    response.setHeader("referrer-policy", "no-referrer");
    // Nobody else's name for this machine (DNS rebinding).
    if (!isLoopback((request.headers.host ?? "").replace(/:\d+$/, ""))) {
      send(response, 421, page("Not here", "<p>Use 127.0.0.1.</p>"));
      return;
    }
    const work =
      request.url?.startsWith("/login/") === true
        ? logIn(provider, accounts, request, response)
        : others(request, response);
    work.catch(() => {
      if (!response.headersSent) {
        send(
          response,
          400,
          page("Too late", "<p>This login is not known any more. Begin again.</p>"),
        );
      }
    });
  };
}

/** The one question that the provider leaves to us: who is it? */
async function logIn(
  provider: Provider,
  accounts: readonly Account[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uid, prompt } = await provider.interactionDetails(request, response);
  if (prompt.name === "consent") {
    // The client is the project's own: who logs in to it has agreed.
    const agreed = { consent: {} };
    await provider.interactionFinished(request, response, agreed, {
      mergeWithLastSubmission: true,
    });
    return;
  }
  const action = `/login/${uid}`;
  if (request.method !== "POST") {
    send(response, 200, loginPage(action, false));
    return;
  }
  const form = new URLSearchParams(await textOf(request));
  const account = accountOf(accounts, form.get("name") ?? "", form.get("password") ?? "");
  if (account === undefined) {
    send(response, 401, loginPage(action, true));
    return;
  }
  await provider.interactionFinished(request, response, { login: { accountId: account.name } });
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > longestForm) throw new Error("the form is too long");
  }
  return text;
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action *",
  });
  response.end(html);
}
