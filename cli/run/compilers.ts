import { setFlagsFromString } from "node:v8";

/**
 * Does it without the last of V8's compilers, which most copies are over before it has earned what it costs; one of a million objects loses nothing. Not an option of
 * the process: under it, V8 takes none of the compiled code that comes with Node or was kept, and a start takes half as long again.
 */
export async function withoutLastCompiler<T>(work: () => Promise<T>): Promise<T> {
  setFlagsFromString("--no-turbofan");
  try {
    return await work();
  } finally {
    // What is kept of this process is marked by the options at its end.
    setFlagsFromString("--turbofan");
  }
}
