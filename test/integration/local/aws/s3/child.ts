/** A server in a process of its own, to be killed: `node child.ts HOME` prints its endpoint. */
import { startTestServer } from "./listener.ts";

const [home] = process.argv.slice(2);
const server = await startTestServer(home === undefined ? {} : { home });
process.stdout.write(`${server.endpoint}\n`);
