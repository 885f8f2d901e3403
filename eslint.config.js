// The rules for scripts: `npm run lint`. How code is laid out is Prettier's matter (`npm run format`).
import fs from "node:fs";
import path from "node:path";
import js from "@eslint/js";
import globals from "globals";

// The browser reports a missing module or name only when a page loads it, so an import is checked here: the file exists
// and exports each name.
const importsExist = {
  meta: {
    type: "problem",
    messages: { file: "There is no file {{file}}.", name: "{{file}} does not export {{name}}." },
  },
  create(context) {
    const resolved = (source) =>
      source.startsWith("#js/")
        ? path.resolve("static/js", source.slice("#js/".length))
        : path.resolve(path.dirname(context.filename), source);
    // static/vendor is copied there by bin/setup and may be missing where only scripts are checked.
    const isChecked = (source) => /^(\.|#js\/)/.test(source) && !source.includes("/vendor/");

    function check(node, names) {
      const file = node.source.value;
      if (!isChecked(file)) return;
      if (!fs.existsSync(resolved(file))) return context.report({ node, messageId: "file", data: { file } });
      const exported = exportsOf(resolved(file), context.languageOptions.parser);
      for (const name of names) {
        if (!exported.has(name)) context.report({ node, messageId: "name", data: { file, name } });
      }
    }
    return {
      ImportDeclaration(node) {
        const named = node.specifiers.filter((specifier) => specifier.type === "ImportSpecifier");
        check(
          node,
          named.map((specifier) => specifier.imported.name),
        );
      },
      ImportExpression(node) {
        check(node, []);
      },
    };
  },
};

const exportsByFile = new Map();
function exportsOf(file, parser) {
  if (!exportsByFile.has(file)) {
    const program = parser.parse(fs.readFileSync(file, "utf8"), {
      ecmaVersion: "latest",
      sourceType: "module",
    });
    const declarations = program.body.filter((node) => node.type === "ExportNamedDeclaration");
    const names = declarations.flatMap(({ declaration, specifiers }) => {
      const declared =
        declaration?.declarations?.map(({ id }) => id.name) ?? (declaration ? [declaration.id.name] : []);
      return [...declared, ...specifiers.map((specifier) => specifier.exported.name)];
    });
    exportsByFile.set(file, new Set(names));
  }
  return exportsByFile.get(file);
}

const DOMAINS = [
  "accounts",
  "projects",
  "images",
  "annotations",
  "exchange",
  "training",
  "prediction",
  "suggestions",
  "line",
  "operations",
];

export default [
  { ignores: ["static/vendor/", "static/via/", "data/"] },
  js.configs.recommended,
  {
    plugins: { local: { rules: { "imports-exist": importsExist } } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "array-callback-return": "error",
      "consistent-this": "error",
      curly: ["error", "multi-line"],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "local/imports-exist": "error",
      "max-lines": ["error", 200],
      "no-duplicate-imports": "error",
      "no-implicit-coercion": "error",
      "no-shadow": "error",
      "no-throw-literal": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-useless-concat": "error",
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-arrow-callback": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  { files: ["static/js/**"], languageOptions: { globals: globals.browser } },
  {
    // What every page uses knows none of the domains that use it.
    files: ["static/js/web/**"],
    rules: { "no-restricted-imports": ["error", { patterns: [{ regex: `^[./]+(${DOMAINS.join("|")})/` }] }] },
  },
  { files: ["*.js", "tests/js/**"], languageOptions: { globals: globals.node } },
  // Where a test needs one, it puts it there (tests/js/browser.js).
  { files: ["tests/js/**"], languageOptions: { globals: { document: "readonly", window: "readonly" } } },
];
