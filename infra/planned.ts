/** A resource as a preview plans it, or as a stack holds it. */
export interface PlannedResource {
  readonly urn: string;
  /** The provider's type token: `aws:ec2/natGateway:NatGateway`. */
  readonly type: string;
  readonly name: string;
  /** Plain values. What is not known before it is built, or is secret, is absent. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

export function textOf(resource: PlannedResource, name: string): string | undefined {
  const value = resource.inputs[name];
  return typeof value === "string" ? value : undefined;
}

export function numberOf(resource: PlannedResource, name: string): number | undefined {
  const value = resource.inputs[name];
  return typeof value === "number" ? value : undefined;
}
