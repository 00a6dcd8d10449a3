import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Identity } from "../identity/identity.ts";
import type { Role, Session } from "../identity/rows.ts";

/** How long a task's credentials last, and how long before their end new ones are handed out. Seconds. */
export interface Lifetime {
  readonly seconds: number;
  readonly renewBefore: number;
}

const USUAL: Lifetime = { seconds: 6 * 3600, renewBefore: 15 * 60 };

/** A task's place at the endpoint. */
export interface Admission {
  readonly credentialsUri: string | undefined;
  readonly credentialsToken: string | undefined;
  readonly metadataUri: string;
  /** The task is over: its credentials stop working. */
  revoke(): void;
}

interface Guest {
  readonly role: Role | undefined;
  readonly token: string;
  readonly sessionName: string;
  readonly metadata: () => object;
  session: Session | undefined;
}

/** Stands for 169.254.170.2: hands each task its role's temporary credentials, and its metadata. */
export class CredentialsEndpoint {
  readonly #identity: Identity;
  readonly #lifetime: Lifetime;
  readonly #guests = new Map<string, Guest>();
  readonly #server: Server;

  constructor(identity: Identity, lifetime: Lifetime = USUAL) {
    this.#identity = identity;
    this.#lifetime = lifetime;
    this.#server = createServer((req, res) => this.#serve(req, res));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
  }

  admit(taskId: string, role: Role | undefined, metadata: () => object): Admission {
    const { port } = this.#server.address() as AddressInfo;
    const token = randomBytes(24).toString("base64url");
    const guest: Guest = { role, token, sessionName: taskId, metadata, session: undefined };
    const key = randomBytes(12).toString("hex");
    this.#guests.set(key, guest);
    const base = `http://127.0.0.1:${port}`;
    return {
      credentialsUri: role && `${base}/v2/credentials/${key}`,
      credentialsToken: role && token,
      metadataUri: `${base}/v4/${key}`,
      revoke: () => {
        this.#guests.delete(key);
        if (guest.session) this.#identity.closeSession(guest.session.accessKeyId);
      },
    };
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #serve(req: IncomingMessage, res: ServerResponse): void {
    const [, kind, key = ""] = /^\/(v2\/credentials|v4)\/([0-9a-f]+)/.exec(req.url ?? "") ?? [];
    const guest = this.#guests.get(key);
    if (guest === undefined) {
      answer(res, 404, { code: "NotFound", message: "No such task." });
      return;
    }
    if (kind === "v4") {
      answer(res, 200, guest.metadata());
      return;
    }
    if (guest.role === undefined || !same(req.headers.authorization ?? "", guest.token)) {
      answer(res, 403, { code: "AccessDenied", message: "The token is not the task's." });
      return;
    }
    const session = this.#current(guest, guest.role);
    answer(res, 200, {
      RoleArn: guest.role.arn,
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      Token: session.sessionToken,
      Expiration: session.expiresAt,
    });
  }

  /** The task's credentials, made anew when they soon end. Old ones work until then. */
  #current(guest: Guest, role: Role): Session {
    const { seconds, renewBefore } = this.#lifetime;
    const left = guest.session
      ? Date.parse(guest.session.expiresAt) - this.#identity.clock().getTime()
      : 0;
    if (guest.session === undefined || left < renewBefore * 1000)
      guest.session = this.#identity.openSession(role, guest.sessionName, seconds);
    return guest.session;
  }
}

function same(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function answer(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify(body));
}
