import { check } from "@bilbycast/foundation/check";
import { METRIC_PREFIX, type MetricFamily } from "@bilbycast/contracts/edge-api";

/** Media type of what `MetricsText` writes. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A page in the text format of Prometheus (0.0.4). Samples may come in any order; each family is written once, whole. */
export class MetricsText {
  readonly #families = new Map<string, string[]>();

  /** Adds a sample. `values` are those of the family's labels, in their order; any text will do. */
  sample(family: MetricFamily, values: readonly string[], value: number): void {
    check(values.length === family.labels.length, "a sample has a value for each label of its family");
    const name = `${METRIC_PREFIX}${family.name}`;
    let lines = this.#families.get(name);
    if (lines === undefined) {
      lines = [`# HELP ${name} ${escapeHelp(family.help)}`, `# TYPE ${name} ${family.type}`];
      this.#families.set(name, lines);
    }
    const labels = family.labels.map((label, index) => `${label}="${escapeLabel(values[index] ?? "")}"`).join(",");
    lines.push(`${name}${labels === "" ? "" : `{${labels}}`} ${formatNumber(value)}`);
  }

  text(): string {
    return [...this.#families.values()].map((lines) => `${lines.join("\n")}\n`).join("");
  }
}

const escapeHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");

const NEEDS_ESCAPE = /["\\\p{Cc}\p{Cs}]/u;

/** Quotes, backslashes and line ends as the format has them. Other control characters become visible: a terminal may show the page. */
const escapeLabel = (text: string): string =>
  NEEDS_ESCAPE.test(text)
    ? text
        .toWellFormed()
        .replaceAll("\\", "\\\\")
        .replaceAll('"', '\\"')
        .replaceAll("\n", "\\n")
        .replaceAll(/\p{Cc}/gu, (letter) => `\\\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`)
    : text;

const formatNumber = (value: number): string => {
  if (Number.isNaN(value)) {
    return "NaN";
  }
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
};
