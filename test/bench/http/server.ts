import { createServer } from "node:net";

/* A server that knows just enough HTTP to be no bottleneck: GET /small and /big, PUT of anything. Prints its port. */
const small = Buffer.alloc(10 * 1024, 97);
const big = Buffer.alloc(8 * 1024 * 1024, 98);

function head(length: number, status: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\nETag: "0123456789abcdef0123456789abcdef"\r\n` +
      "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\nDate: Wed, 21 Oct 2015 07:28:00 GMT\r\nx-amz-request-id: abcdefgh\r\n" +
      "Content-Type: application/octet-stream\r\nx-amz-checksum-crc64nvme: 6QwzcQZGl6k=\r\nServer: x\r\n\r\n",
  );
}

const smallAnswer = Buffer.concat([head(small.length, "200 OK"), small]);
const bigHead = head(big.length, "200 OK");
const created = head(0, "201 Created");

const server = createServer({ noDelay: true }, (socket) => {
  let owed = 0;
  socket.on("error", () => undefined);
  socket.on("data", (data) => {
    let at = 0;
    while (at < data.length) {
      if (owed > 0) {
        const taken = Math.min(owed, data.length - at);
        owed -= taken;
        at += taken;
        if (owed === 0) socket.write(created);
        continue;
      }
      const end = data.indexOf("\r\n\r\n", at);
      if (end < 0) throw new Error("a request's head came in pieces");
      const text = data.toString("latin1", at, end);
      at = end + 4;
      if (text.startsWith("GET /big")) {
        socket.cork();
        socket.write(bigHead);
        socket.write(big);
        socket.uncork();
      } else if (text.startsWith("GET")) socket.write(smallAnswer);
      else {
        owed = Number(/content-length: (\d+)/i.exec(text)?.[1]);
        if (owed === 0) socket.write(created);
      }
    }
  });
});
server.listen(0, "127.0.0.1", () => {
  console.log((server.address() as { port: number }).port);
});
