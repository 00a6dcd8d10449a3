/** The Pulumi project of every stack; fully qualified names read `organization/causeway/STACK`. */
export const projectName = "causeway";

/** A stack's name as another stack refers to it in a self-managed backend. */
export function qualified(stack: string): string {
  return stack.includes("/") ? stack : `organization/${projectName}/${stack}`;
}
