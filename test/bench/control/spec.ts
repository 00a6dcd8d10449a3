/** A filter that is another one each time: one task definition and its service change. */
export function specNumber(number: number) {
  return {
    kind: "copy",
    source: { type: "s3" },
    targets: [{ type: "azure-blob" }],
    filter: { include: [`data-${number}/**`] },
  };
}
