import { program } from "./program.ts";

/** For the stock CLI: it calls what it finds as the default export. */
export default () => program();
