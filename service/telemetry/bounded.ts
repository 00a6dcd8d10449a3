/**
 * Keeps a label's values few: the first `most` are told apart, all others are "other". A value that comes from outside must not make
 * a new time series each time.
 */
export function bounded(most: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= most) return "other";
    known.add(value);
    return value;
  };
}
