import { ceiling } from "./ceiling.ts";
import { Control } from "./control-client.ts";
import type { Ports } from "./stub/main.ts";

/* The client of the ceiling in a process of its own, on the tool's core: `node ceiling-main.ts PORTS`. Prints the rows as JSON. */
const ports = JSON.parse(process.argv[2] ?? "") as Ports;
console.log(JSON.stringify(await ceiling(ports, new Control(ports.control))));
