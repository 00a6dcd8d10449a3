import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

/** A small forward proxy: CONNECT and whole addresses; every name leads to this machine. */
export class TestProxy {
  /** What it was asked: `CONNECT storage.test:443`, `GET http://storage.test/x`, and by whom. */
  readonly asked: { readonly line: string; readonly by: string | undefined }[] = [];
  /** What it answers to CONNECT instead of connecting. */
  refusal: string | undefined;
  readonly #server = createServer();
  readonly #sockets = new Set<Socket>();

  static async start(): Promise<TestProxy> {
    const proxy = new TestProxy();
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  private constructor() {
    this.#server.on("connection", (socket) => this.#keep(socket));
    this.#server.on("connect", (req, socket, head) => {
      this.#note(req);
      if (this.refusal !== undefined) {
        socket.end(this.refusal);
        return;
      }
      const port = Number((req.url ?? "").split(":").at(-1));
      const onward = this.#keep(connect(port, "127.0.0.1"));
      onward.on("connect", () => {
        socket.write("HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n");
        onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    this.#server.on("request", (req, res) => {
      this.#note(req);
      const { port, pathname, search } = new URL(req.url ?? "");
      const { method, headers } = req;
      const to = { host: "127.0.0.1", port, path: `${pathname}${search}`, method, headers };
      req.pipe(
        request(to, (answer) => {
          res.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(res);
        }),
      );
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    return socket.once("close", () => this.#sockets.delete(socket));
  }

  #note({ method = "", url = "", headers }: IncomingMessage): void {
    this.asked.push({ line: `${method} ${url}`, by: headers["proxy-authorization"] });
  }
}
