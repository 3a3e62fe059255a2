/** Every module that a source names: imports, re-exports, dynamic and type imports, and built-ins fetched by name. */
export const importsOf = (source: string): string[] => {
  const found = new Set<string>();
  for (const pattern of PATTERNS) {
    for (const match of source.matchAll(pattern)) {
      if (match[1] !== undefined) {
        found.add(match[1]);
      }
    }
  }
  return [...found];
};

/**
 * Static imports stand at the start of a line (the formatter sees to it), so that sources quoted inside tests,
 * which are indented, are not taken for imports of the test.
 */
const PATTERNS = [
  /^(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']/gm,
  /^import\s*["']([^"']+)["']/gm,
  /\bimport\(\s*["']([^"']+)["']/g,
  /\bgetBuiltinModule\(\s*["']([^"']+)["']/g,
  /\brequire\(\s*["']([^"']+)["']/g,
];
