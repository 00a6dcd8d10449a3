/** Three zones a region, as most have; `eu-west-1a` is `euw1-az1`. */
export function zonesOf(region: string): { name: string; id: string }[] {
  const [area = "", side = "", number = ""] = region.split("-");
  return ["a", "b", "c"].map((letter, at) => ({
    name: `${region}${letter}`,
    id: `${area}${side.slice(0, 1)}${number}-az${at + 1}`,
  }));
}
