/**
 * Does `one` for each item, in order, at most `most` at once. The first failure lets those under way end, begins no other, and is thrown.
 * `onFailure` wakes whoever waits for an item that will not come.
 */
export async function inLanes<T, R>(
  items: readonly T[],
  most: number,
  one: (item: T) => Promise<R>,
  onFailure: () => void = () => undefined,
): Promise<R[]> {
  const done: R[] = [];
  let failed: { readonly error: unknown } | undefined;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && failed === undefined) {
      const item = items[next] as T;
      next += 1;
      try {
        done.push(await one(item));
      } catch (error) {
        failed ??= { error };
        onFailure();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane));
  if (failed !== undefined) throw failed.error;
  return done;
}
