import { bytesOf, PERIOD } from "./stub/pattern.ts";
import { hammer } from "./raw-client.ts";
import type { Ports } from "./stub/main.ts";
import type { Control } from "./control-client.ts";

const AUTHORIZED = "Host: 127.0.0.1\r\nAuthorization: AWS4-HMAC-SHA256 rig\r\n";

/** What the stubs themselves can do, by what is asked of them: no tool's figure means much near it. */
export async function ceiling(ports: Ports, control: Control): Promise<[string, string][]> {
  await control.order("reset", {});
  const source = { side: "s3", bucket: "src" } as const;
  await control.order("populate", { ...source, prefix: "small/", count: 20_000, size: 10_240 });
  await control.order("populate", { ...source, prefix: "big/", count: 8, size: 1024 ** 3 });
  await control.order("populate", { ...source, prefix: "many/", count: 1_000_000, size: 1 });
  await control.order("clear", { side: "blob", bucket: "dst", prefix: "" });
  const key = (index: number) => String(index).padStart(9, "0");
  const get = (path: string) => `GET ${path} HTTP/1.1\r\n${AUTHORIZED}\r\n`;
  const url = (path: string) => `http://127.0.0.1:${ports.s3}/src/${path}?X-Amz-Signature=rig`;
  const put = (target: string, headers: string, length = 0) =>
    `PUT /acc/dst/${target} HTTP/1.1\r\n${AUTHORIZED}${headers}Content-Length: ${length}\r\n\r\n`;
  const block = Buffer.concat(Array.from({ length: 129 }, () => bytesOf(7, 0, PERIOD))).subarray(
    0,
    8 * 1024 * 1024,
  );
  const blockOf = (index: number) =>
    `big?comp=block&blockid=${Buffer.from(key(index % 1000)).toString("base64url")}`;
  const few = { connections: 4, ahead: 1 };
  const rows: [string, string][] = [];
  const row = (name: string, text: string) => rows.push([name, text]);

  let rate = await hammer(ports.s3, 100_000, (index) =>
    `HEAD /src/small/${key(index % 20_000)} HTTP/1.1\r\n${AUTHORIZED}\r\n`
      .replace("HEAD", "GET")
      .replace("\r\n\r\n", "\r\nRange: bytes=0-0\r\n\r\n"),
  );
  row("S3 GET of 1 byte", each(rate.perSecond));
  rate = await hammer(ports.s3, 60_000, (index) => get(`/src/small/${key(index % 20_000)}`));
  row("S3 GET of 10 KiB", each(rate.perSecond));
  rate = await hammer(
    ports.s3,
    128,
    (index) =>
      get(`/src/big/${key(index % 8)}`).replace("\r\n\r\n", "\r\nRange: bytes=0-67108863\r\n\r\n"),
    few,
  );
  row("S3 GET of 64 MiB ranges", megabytes(rate.bytesPerSecond));
  rate = await hammer(
    ports.s3,
    300,
    (index) => get(`/src?list-type=2&prefix=many/&start-after=many/${key(index * 1000)}`),
    few,
  );
  row("S3 list, 1,000 keys a page", `${each(rate.perSecond * 1000)} keys`);
  const small = bytesOf(3, 0, 10_240);
  rate = await hammer(ports.blob, 60_000, (index) => [
    put(`small/${key(index % 20_000)}`, "x-ms-blob-type: BlockBlob\r\n", small.length),
    small,
  ]);
  row("Put Blob of 10 KiB", each(rate.perSecond));
  rate = await hammer(
    ports.blob,
    256,
    (index) => [put(blockOf(index), "", block.length), block],
    few,
  );
  row("Put Block of 8 MiB", megabytes(rate.perSecond * block.length));
  rate = await hammer(
    ports.blob,
    20_000,
    (index) =>
      put(
        `url/${key(index)}`,
        `x-ms-blob-type: BlockBlob\r\nx-ms-copy-source: ${url(`small/${key(index)}`)}\r\n`,
      ),
    { connections: 16, ahead: 2 },
  );
  row("Put Blob From URL of 10 KiB", each(rate.perSecond));
  rate = await hammer(
    ports.blob,
    256,
    (index) =>
      put(
        blockOf(index),
        `x-ms-copy-source: ${url("big/000000000")}\r\nx-ms-source-range: bytes=0-${block.length - 1}\r\n`,
      ),
    few,
  );
  row("Put Block From URL of 8 MiB", megabytes(rate.perSecond * block.length));
  await control.order("populate", {
    side: "blob",
    bucket: "dst",
    prefix: "many/",
    count: 1_000_000,
    size: 1,
  });
  rate = await hammer(
    ports.blob,
    60,
    (index) =>
      get(
        `/acc/dst?restype=container&comp=list&prefix=many/&marker=${Buffer.from(`many/${key(index * 5000)}`).toString("base64url")}`,
      ),
    few,
  );
  row("List Blobs, 5,000 a page", `${each(rate.perSecond * 5000)} keys`);
  await control.order("reset", {});
  return rows;
}

function each(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString("en-US")}/s`;
}

function megabytes(perSecond: number): string {
  return `${Math.round(perSecond / 1e6).toLocaleString("en-US")} MB/s`;
}
