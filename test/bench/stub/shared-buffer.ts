import { TLSSocket } from "node:tls";
import { Socket, type NetConnectOpts, type OnReadOpts } from "node:net";

/** Big enough to take what a loopback socket holds in one read. */
const SHARED = Buffer.allocUnsafeSlow(1024 * 1024);

/**
 * Reads of all sockets go into one buffer, which saves an allocation for each and more: `take` must be done with the bytes when it returns.
 */
function into(take: (bytes: Buffer) => void): OnReadOpts {
  return {
    buffer: SHARED,
    callback: (count) => {
      take(SHARED.subarray(0, count));
      return true;
    },
  };
}

export function readingInto(take: (bytes: Buffer) => void): Pick<NetConnectOpts, "onread"> {
  return { onread: into(take) };
}

/**
 * An accepted socket, made anew so that it reads into the shared buffer: a server has no such option, so its handle is handed over. The
 * server must have `pauseOnConnect`. Where Node's internals have changed, the socket is left as it is.
 */
export function rebuilt(accepted: Socket, take: (bytes: Buffer) => void): Socket {
  const { _handle: handle } = accepted as unknown as { _handle?: { reading?: boolean } | null };
  if (accepted instanceof TLSSocket || handle === undefined || handle === null) {
    accepted.on("data", take);
    accepted.resume();
    return accepted;
  }
  (accepted as unknown as { _handle: unknown })._handle = null;
  handle.reading = false;
  const socket = new Socket({ handle, ...readingInto(take) } as ConstructorParameters<
    typeof Socket
  >[0]);
  socket.resume();
  return socket;
}
