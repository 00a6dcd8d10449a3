/** How many deletions a run carries out without being asked. */
export interface Cap {
  readonly count?: number | undefined;
  /** Of the names at the target. */
  readonly percent?: number | undefined;
}

/** Why so many deletions are held; undefined: they are not. */
export function pastCap(deletions: number, names: number, cap: Cap): string | undefined {
  const { count, percent } = cap;
  if (count !== undefined && deletions > count) {
    return `${deletions} deletions are more than the cap of ${count}`;
  }
  if (percent !== undefined && deletions * 100 > percent * names) {
    const share = names === 0 ? 100 : (deletions / names) * 100;
    return `${deletions} deletions are ${share.toFixed(1)} % of the ${names} names at the target, more than the cap of ${percent} %`;
  }
  return undefined;
}
