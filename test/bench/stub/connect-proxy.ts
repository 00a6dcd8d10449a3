import { connect, createServer, type Server } from "node:net";

/** An HTTPS proxy that leads every CONNECT to one port: tools that only know amazonaws.com reach the TLS S3 stub through it. */
export async function connectProxy(port: number, target: number): Promise<Server> {
  const server = createServer((client) => {
    client.on("error", () => client.destroy());
    client.once("data", () => {
      const upstream = connect({ port: target, host: "127.0.0.1", noDelay: true });
      upstream.on("error", () => client.destroy());
      upstream.on("connect", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(upstream).pipe(client);
      });
      client.on("close", () => upstream.destroy());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}
