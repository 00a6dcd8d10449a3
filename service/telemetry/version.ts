import description from "../../package.json" with { type: "json" };

/** Of this program, as metrics, traces and the API's description name it. */
export const version = description.version;
