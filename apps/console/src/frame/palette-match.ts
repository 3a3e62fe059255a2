/** Something that can be found or run. */
export type Entry = {
  id: string;
  kind: "Page" | "Node" | "Flow" | "Alarm" | "Action" | "Person";
  title: string;
  detail: string;
  /** Other words by which it is looked for. */
  more?: string;
};

const KINDS: readonly Entry["kind"][] = ["Alarm", "Node", "Flow", "Page", "Action", "Person"];

/** Entries that hold every word of the text, the best first and those of one kind together; without a text the recent ones. */
export const findEntries = (entries: readonly Entry[], text: string, recent: readonly string[], most = 40): Entry[] => {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) {
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    const first = recent.flatMap((id) => byId.get(id) ?? []);
    return [...first, ...entries.filter((entry) => entry.kind === "Page" && !recent.includes(entry.id))].slice(0, most);
  }
  const found = entries
    .map((entry) => ({ entry, score: scoreOf(entry, words) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, most);
  const bestOf = (kind: Entry["kind"]): number =>
    Math.max(0, ...found.filter(({ entry }) => entry.kind === kind).map(({ score }) => score));
  return KINDS.toSorted((a, b) => bestOf(b) - bestOf(a)).flatMap((kind) =>
    found.filter(({ entry }) => entry.kind === kind).map(({ entry }) => entry),
  );
};

/** The beginning of a title counts most, then the beginning of a word in it, then anything. */
const scoreOf = ({ title, detail, more = "", kind }: Entry, words: readonly string[]): number => {
  const [name, rest] = [title.toLowerCase(), `${detail} ${more} ${kind}`.toLowerCase()];
  let score = 0;
  for (const word of words) {
    const own = name.startsWith(word)
      ? 8
      : new RegExp(`[\\s/_.-]${escapeOf(word)}`).test(name)
        ? 5
        : name.includes(word)
          ? 3
          : rest.includes(word)
            ? 1
            : 0;
    if (own === 0) {
      return 0;
    }
    score += own;
  }
  return score;
};

const escapeOf = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
