// @ts-check
import tseslint from "typescript-eslint";

/** Imports go one way: service -> infra -> runtime; nothing but tests imports local or cli. */
function mayNotImport(folder, ...others) {
  const patterns = others.map((other) => ({
    regex: `^(\\.\\./)+${other}/`,
    message: `${folder}/ may not import ${other}/: imports go one way, service -> infra -> runtime, and nothing imports local/ or cli/.`,
  }));
  return {
    files: [`${folder}/**/*.ts`],
    rules: { "no-restricted-imports": ["error", { patterns }] },
  };
}

export default tseslint.config(
  { ignores: ["node_modules/", ".causeway/"] },
  tseslint.configs.strictTypeChecked,
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      // `void` makes a deliberate fire-and-forget visible; the caller must handle the rejection.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "max-lines": ["warn", { max: 350, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-expressions": "off",
    },
  },
  mayNotImport("runtime", "infra", "service", "local", "cli", "test"),
  mayNotImport("infra", "service", "local", "cli", "test"),
  mayNotImport("service", "local", "cli", "test"),
  mayNotImport("cli", "local", "infra", "test"),
  mayNotImport("local", "cli", "test"),
  { files: ["**/*.{js,mjs}"], extends: [tseslint.configs.disableTypeChecked] },
);
