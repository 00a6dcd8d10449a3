import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import grpcServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { toServiceFailure } from "./errors.ts";

/** One unary method: the request and the address of the connection it came by, in; the answer, out. */
export type Method = (request: never, peer: string) => unknown;

export type Methods = Readonly<Record<string, Method>>;

// As the SDK: a stack's state may be far larger than gRPC's default of 4 MB.
export const channelOptions = { "grpc.max_receive_message_length": 400 * 1024 * 1024 };

export interface RunningService {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves the ResourceProvider protocol on a free loopback port; methods that are not given answer UNIMPLEMENTED. */
export async function serve(methods: Methods): Promise<RunningService> {
  const server = new Server(channelOptions);
  const implementation: UntypedServiceImplementation = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, unary(method)]),
  );
  server.addService(grpcServices.ResourceProviderService, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, close: () => closeServer(server) };
}

function unary(method: Method) {
  return (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>): void => {
    Promise.resolve()
      .then(() => method(call.request as never, call.getPeer()))
      .then(
        (response) => answer(null, response),
        (error: unknown) => answer(toServiceFailure(error)),
      );
  };
}

/** Lets calls under way end, but not for longer than a second. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, 1000);
    server.tryShutdown(() => {
      clearTimeout(deadline);
      resolve();
    });
  });
}
