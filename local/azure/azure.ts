import { join } from "node:path";
import { Arm } from "./arm/arm.ts";
import { asAzuriteKnowsIt } from "./arm/roster.ts";
import { ArmState } from "./arm/state.ts";
import { Azurite } from "./azurite/azurite.ts";
import { Containers } from "./blob/containers.ts";
import { Faults } from "./front/faults.ts";
import { Front, type FrontListener, type FrontRoute } from "./front/front.ts";

export interface LocalAzureOptions {
  /** Folder for everything that must survive a restart; absent means memory. */
  readonly home?: string | undefined;
  /** Of the main listener; 0 takes any free one. */
  readonly port: number;
  readonly onLog?: ((line: string) => void) | undefined;
}

/** Where requests on the main listener come from: the internet. */
export const internetAddress = "198.51.100.10";

/** The embedded Azure: storage accounts (blobs) and the part of Resource Manager that makes them. */
export class LocalAzure {
  readonly arm: Arm;
  /** What goes wrong on purpose, for tests. */
  readonly faults: Faults;
  /** The bearer token of ARM's REST face. */
  readonly armToken: string;
  readonly #azurite: Azurite;
  readonly #front: Front;
  readonly #main: FrontListener;

  private constructor(parts: Pick<LocalAzure, "arm" | "faults" | "armToken">, inner: Inner) {
    this.arm = parts.arm;
    this.faults = parts.faults;
    this.armToken = parts.armToken;
    this.#azurite = inner.azurite;
    this.#front = inner.front;
    this.#main = inner.main;
  }

  static async start(options: LocalAzureOptions): Promise<LocalAzure> {
    const { home, port, onLog } = options;
    const state = new ArmState(home);
    const azurite = await Azurite.start(
      home === undefined ? undefined : join(home, "azurite"),
      state.accounts.values().map(asAzuriteKnowsIt),
    );
    let endpoint = "";
    const arm = new Arm({
      state,
      containers: new Containers(() => azurite.port),
      publish: (accounts) => azurite.setAccounts(accounts),
      endpoint: () => endpoint,
    });
    const faults = new Faults();
    const front = new Front({ arm, state, faults, azuritePort: azurite.port, onLog });
    try {
      const main = await front.listen({ sourceAddress: internetAddress, secure: true }, port);
      endpoint = main.url;
      return new LocalAzure({ arm, faults, armToken: state.token }, { azurite, front, main });
    } catch (error) {
      await azurite.close();
      throw error;
    }
  }

  /** `http://127.0.0.1:PORT`; a blob is at ENDPOINT/ACCOUNT/CONTAINER/BLOB. */
  get endpoint(): string {
    return this.#main.url;
  }

  get port(): number {
    return this.#main.port;
  }

  /**
   * One more listener, for requests that left from another address or without TLS.
   * @param route its port may be given (rejects with EADDRINUSE when taken); any free one by default
   */
  listen({ port = 0, ...route }: FrontRoute & { readonly port?: number }): Promise<FrontListener> {
    return this.#front.listen(route, port);
  }

  /** ARM ids of everything that exists. */
  inventory(): Promise<string[]> {
    return this.arm.inventory();
  }

  /** Resolves when everything acknowledged so far would survive SIGKILL. */
  flush(): Promise<void> {
    return this.#azurite.flush();
  }

  async close(): Promise<void> {
    await this.#front.close();
    await this.#azurite.close();
  }
}

interface Inner {
  readonly azurite: Azurite;
  readonly front: Front;
  readonly main: FrontListener;
}
