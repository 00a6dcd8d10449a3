import { lookup, type LookupAddress, type LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";

type Answer = (
  error: NodeJS.ErrnoException | null,
  addresses: string | LookupAddress[],
  family?: number,
) => void;

interface Known {
  readonly addresses: Promise<LookupAddress[]>;
  readonly at: number;
  /** How often it was handed out. */
  turn: number;
}

const FRESH_MS = 5_000;

/**
 * Looks a name up once for however many connections are opened to it within five seconds: the platform has four threads for all look-ups. Connections are
 * spread over the addresses, as the object stores ask for.
 */
export function sharedLookup(resolve: typeof lookup = lookup, now = Date.now): LookupFunction {
  const known = new Map<string, Known>();
  return (name: string, options: LookupOptions, answer: Answer) => {
    const id = `${name} ${String(options.family ?? 0)} ${String(options.hints ?? 0)}`;
    let found = known.get(id);
    if (found === undefined || now() - found.at > FRESH_MS) {
      found = { addresses: all(resolve, name, options), at: now(), turn: 0 };
      known.set(id, found);
      found.addresses.catch(() => known.delete(id));
    }
    const turn = found.turn++;
    found.addresses.then(
      (addresses) => {
        const rotated = rotate(addresses, turn);
        const first = rotated[0];
        // In a tick of its own: what the answer throws is not this promise's.
        process.nextTick(() => {
          if (options.all === true || first === undefined) answer(null, rotated);
          else answer(null, first.address, first.family);
        });
      },
      (error: unknown) => process.nextTick(answer, error, []),
    );
  };
}

function all(
  resolve: typeof lookup,
  name: string,
  options: LookupOptions,
): Promise<LookupAddress[]> {
  return new Promise((done, failed) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      if (error === null) done(addresses);
      else failed(error);
    });
  });
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
