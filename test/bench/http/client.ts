import type { Dispatcher } from "undici";

/* One measurement: node client.ts CLIENT ORIGIN small|big COUNT IN_FLIGHT. Prints JSON. Copies objects: GET, then PUT of what came. */
const [name = "wire", origin = "", size = "small", count = "20000", inFlight = "64"] =
  process.argv.slice(2);

/** What a signed request carries. */
const headers = {
  "x-amz-date": "20250101T000000Z",
  "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "if-match": '"0123456789abcdef0123456789abcdef"',
  authorization:
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, " +
    "Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024",
};

type Copy = (get: string, put: string, memory: Buffer) => Promise<void>;

async function wire(): Promise<Copy> {
  const { Http } = await import("../../../runtime/http/send.ts");
  const http = new Http();
  const { signal } = new AbortController();
  return async (get, put, memory) => {
    const read = await http.send({
      method: "GET",
      origin,
      path: get,
      headers,
      signal,
      into: memory,
    });
    await http.send({ method: "PUT", origin, path: put, headers, signal, body: read.body });
  };
}

async function request(): Promise<Copy> {
  const { Agent } = await import("undici");
  const agent = new Agent({ pipelining: 1 });
  return async (get, put) => {
    const read = await agent.request({ origin, path: get, method: "GET", headers });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of read.body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
    }
    const written = await agent.request({
      origin,
      path: put,
      method: "PUT",
      headers: { ...headers, "content-length": String(length) },
      // undici takes any iterable of chunks; its types do not say so.
      body: chunks as unknown as Buffer,
    });
    await written.body.dump();
  };
}

async function dispatch(): Promise<Copy> {
  const { Pool } = await import("undici");
  const pool = new Pool(origin, { pipelining: 1, connections: null });
  const exchange = (options: Dispatcher.DispatchOptions): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      pool.dispatch(options, {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () => {
          resolve(chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks));
        },
        onResponseError: (_controller, error) => {
          reject(error);
        },
      });
    });
  return async (get, put) => {
    const body = await exchange({ path: get, method: "GET", headers });
    await exchange({ path: put, method: "PUT", headers, body });
  };
}

/** Loaded when it is used: what the others need would count as this one's memory. */
const clients: Record<string, () => Promise<Copy>> = {
  wire,
  "undici.request": request,
  "undici.dispatch": dispatch,
};
const copy = await clients[name]?.();
if (copy === undefined) throw new Error(`no client ${name}`);

let started = 0;
const worker = async (): Promise<void> => {
  const memory = Buffer.allocUnsafeSlow(size === "big" ? 8 * 1024 * 1024 : 16 * 1024);
  while (started < Number(count)) {
    started += 1;
    await copy(`/${size}${started}`, `/put${started}`, memory);
  }
};
const began = performance.now();
const used = process.cpuUsage();
await Promise.all(Array.from({ length: Number(inFlight) }, worker));
const cpu = process.cpuUsage(used);
const seconds = (performance.now() - began) / 1000;
console.log(
  JSON.stringify({
    perSecond: Number(count) / seconds,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    rssMb: process.resourceUsage().maxRSS / 1024,
  }),
);
process.exit(0);
