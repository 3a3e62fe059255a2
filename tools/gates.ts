import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { join } from "node:path";

/** A check of the whole tree that either holds or does not. */
export type Gate = { name: string; command: readonly string[] };
export type GateResult = { name: string; passed: boolean; seconds: number; output: string };

const bin = (name: string): string => join("node_modules", ".bin", name);

/** In the order in which they run: what the others read comes first. */
export const GATES: readonly Gate[] = [
  { name: "generated files are fresh", command: [process.execPath, "tools/gen.ts", "--check"] },
  { name: "types", command: [bin("tsc"), "-b"] },
  { name: "lint", command: [bin("oxlint"), "--type-aware", "--deny-warnings"] },
  { name: "format", command: [bin("oxfmt"), "--check"] },
  { name: "dead code", command: [bin("knip"), "--no-progress"] },
  { name: "architecture", command: [process.execPath, "tools/architecture.ts"] },
  { name: "effects of fields", command: [process.execPath, "tools/field-effects.ts"] },
];

/** Runs the gates one after the other and tells of each as it ends. */
export const runGates = async (root: string, gates: readonly Gate[], onResult: (result: GateResult) => void): Promise<GateResult[]> => {
  const results: GateResult[] = [];
  for (const gate of gates) {
    const result = await runGate(root, gate);
    onResult(result);
    results.push(result);
  }
  return results;
};

const runGate = (root: string, gate: Gate): Promise<GateResult> =>
  new Promise((resolve) => {
    const started = performance.now();
    const [program = "", ...args] = gate.command;
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
    let output = "";
    const keep = (text: string): void => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.on("error", (error) => keep(error.message));
    child.on("close", (code) => resolve({ name: gate.name, passed: code === 0, seconds: (performance.now() - started) / 1000, output }));
  });
