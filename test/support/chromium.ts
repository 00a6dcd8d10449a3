import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { until } from "./until.ts";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** Where the newest Chromium of this machine is; undefined when there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/** A page that goes away while it is asked never answers. */
const answerMs = 10_000;

type Answer = Record<string, unknown>;

interface Message {
  id?: number;
  method?: string;
  params?: Answer;
  result?: Answer;
  error?: { message: string };
}

/** A real browser without a window, with a profile of its own, spoken to by the DevTools protocol. */
export class Chromium {
  /** What the page's console and the browser itself complained of, such as a broken Content-Security-Policy. */
  readonly complaints: string[] = [];
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #session: string | undefined;
  #last = 0;

  private constructor(process: ChildProcess, folder: string, socket: WebSocket) {
    this.#process = process;
    this.#folder = folder;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) =>
      this.#read(JSON.parse(String(data)) as Message),
    );
  }

  static async start(program: string): Promise<Chromium> {
    const folder = await mkdtemp(join(tmpdir(), "causeway-chromium-"));
    const flags = [
      "--headless=new",
      "--remote-debugging-port=0",
      `--user-data-dir=${folder}`,
      "--no-first-run",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      // Its sandbox refuses to be root's.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ];
    const child = spawn(program, [...flags, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const socket = new WebSocket(await addressIn(child));
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error("the browser does not answer")));
    });
    const browser = new Chromium(child, folder, socket);
    await browser.#attach();
    return browser;
  }

  /** Goes to an address as if it was typed, and waits for the page that it leads to. */
  async open(url: string): Promise<void> {
    await this.#send("Page.navigate", { url });
    await this.loaded();
  }

  async loaded(): Promise<void> {
    await until("the page", async () => {
      const state = await this.run<string>("document.readyState").catch(() => "gone");
      return state === "complete" ? true : undefined;
    });
  }

  /** Waits until the address is as wanted, and the page there. */
  async arrive(address: RegExp): Promise<string> {
    let seen = "";
    const url = await until(
      `the page at ${String(address)}`,
      async () => {
        seen = await this.run<string>("location.href").catch(() => "gone");
        return address.test(seen) ? seen : undefined;
      },
      { seen: () => seen },
    );
    await this.loaded();
    return url;
  }

  /** Evaluates an expression in the page. */
  async run<T>(expression: string): Promise<T> {
    const answer = await this.#send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    const { result, exceptionDetails } = answer as {
      result: { value: T };
      exceptionDetails?: { text: string };
    };
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
    return result.value;
  }

  text(): Promise<string> {
    return this.run("document.body.innerText");
  }

  /** Types into the field of a label's name, as a person does. */
  async fill(selector: string, text: string): Promise<void> {
    await this.run(`document.querySelector(${JSON.stringify(selector)}).focus()`);
    await this.#send("Input.insertText", { text });
  }

  /** Presses the first button or link with that text; one of the page's main part rather than one above it. */
  async press(label: string): Promise<void> {
    const wanted = JSON.stringify(label);
    await this.run(
      `["main button, main a", "a"].flatMap((one) => [...document.querySelectorAll(one)]).find((one) => one.textContent.trim() === ${wanted}).click()`,
    );
  }

  async cookies(): Promise<
    { name: string; httpOnly: boolean; sameSite?: string; value: string }[]
  > {
    const { cookies } = await this.#send("Network.getAllCookies", {});
    return cookies as { name: string; httpOnly: boolean; value: string }[];
  }

  /** A picture of the whole page. @param width - In CSS pixels. */
  async picture(file: string, width = 1200, scheme: "light" | "dark" = "light"): Promise<void> {
    await this.#send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
    const metrics = { width, height: 900, deviceScaleFactor: 1, mobile: false };
    await this.#send("Emulation.setDeviceMetricsOverride", metrics);
    const { data } = await this.#send("Page.captureScreenshot", { captureBeyondViewport: true });
    await writeFile(file, Buffer.from(String(data), "base64"));
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#process.once("exit", () => resolve()));
    await this.#send("Browser.close", {}).catch(() => undefined);
    this.#socket.close();
    const kill = setTimeout(() => this.#process.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(kill);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #attach(): Promise<void> {
    const { targetInfos } = await this.#send("Target.getTargets", {});
    const { targetId } = (targetInfos as { type: string; targetId: string }[]).find(
      ({ type }) => type === "page",
    ) ?? { targetId: "" };
    const { sessionId } = await this.#send("Target.attachToTarget", { targetId, flatten: true });
    this.#session = String(sessionId);
    for (const domain of ["Page", "Runtime", "Log", "Network"]) {
      await this.#send(`${domain}.enable`, {});
    }
  }

  #send(method: string, params: Answer): Promise<Answer> {
    const id = (this.#last += 1);
    const answer = Promise.withResolvers<Answer>();
    this.#waiting.set(id, answer);
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    const late = setTimeout(() => answer.reject(new Error(`no answer to ${method}`)), answerMs);
    return answer.promise.finally(() => {
      clearTimeout(late);
      this.#waiting.delete(id);
    });
  }

  #read({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const answer = this.#waiting.get(id);
      if (error === undefined) answer?.resolve(result ?? {});
      else answer?.reject(new Error(error.message));
      return;
    }
    if (method === "Log.entryAdded") this.complaints.push(JSON.stringify(params?.["entry"]));
  }
}

/** Where it says that it listens. */
function addressIn(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const [, address] = /DevTools listening on (ws:\S+)/.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`the browser ended with ${String(code)}: ${said}`)),
    );
  });
}
