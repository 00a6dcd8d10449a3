/** An error as Azure Resource Manager reports it: `{ error: { code, message } }` with an HTTP status. */
export class ArmError extends Error {
  override readonly name = "ArmError";
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function groupNotFound(group: string): ArmError {
  return new ArmError(
    404,
    "ResourceGroupNotFound",
    `Resource group '${group}' could not be found.`,
  );
}

export function accountNotFound(group: string, account: string): ArmError {
  return new ArmError(
    404,
    "ResourceNotFound",
    `The Resource 'Microsoft.Storage/storageAccounts/${account}' under resource group '${group}' was not found. ` +
      "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
  );
}

export function containerNotFound(): ArmError {
  return new ArmError(404, "ContainerNotFound", "The specified container does not exist.");
}

/** What the storage provider says of a parameter that it does not accept. */
export function invalidParameter(name: string, help = ""): ArmError {
  return new ArmError(
    400,
    "InvalidValuesForRequestParameters",
    `Values for request parameters are invalid: ${name}.${help}`,
  );
}
