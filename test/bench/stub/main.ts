import type { AddressInfo, Server } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { Blob } from "./blob.ts";
import { connectProxy } from "./connect-proxy.ts";
import { control, orders } from "./control.ts";
import { S3 } from "./s3.ts";
import { serve } from "./side.ts";
import { identity } from "./tls.ts";

/*
 * The stub clouds in one process: `taskset -c 0 node test/bench/stub/main.ts [s3 port] [blob port] [control port] [S3 over TLS port] [proxy
 * port]`. A port that is not given is any free one. Prints where they are as one line of JSON, ends on SIGTERM.
 */
const [s3Port = 0, blobPort = 0, controlPort = 0, tlsPort = 0, proxyPort = 0] = process.argv
  .slice(2)
  .map(Number);

const s3 = new S3();
const plain = portOf(await serve(s3, s3Port));
// Azure reaches S3 by its public names; on loopback these are the stub.
const blob = new Blob((url) => {
  if (url.hostname.endsWith(".amazonaws.com")) return plain;
  return url.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname)
    ? Number(url.port === "" ? 80 : url.port)
    : undefined;
});
const certificate = identity(join(homedir(), ".cache", "causeway", "bench", "tls"));
const secure = portOf(await serve(s3, tlsPort, certificate));
const ports = {
  s3: plain,
  blob: portOf(await serve(blob, blobPort)),
  control: portOf(await control(orders(s3, blob), controlPort)),
  s3Tls: secure,
  proxy: portOf(await connectProxy(proxyPort, secure)),
  caFile: certificate.caFile,
  pid: process.pid,
};
process.on("SIGTERM", () => process.exit(0));
console.log(JSON.stringify(ports));

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

export type Ports = typeof ports;
