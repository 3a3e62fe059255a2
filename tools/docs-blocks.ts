/** A fenced block of a Markdown document. */
export type Block = {
  /** The word behind the fence; empty where there is none. */
  language: string;
  /** What follows it on the fence's line. */
  mark: string;
  /** Number of the first line inside, from 1. */
  line: number;
  text: string;
};

/** The fenced blocks of a document, in order. Throws for one that does not end. */
export const blocksOf = (markdown: string): Block[] => {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const fence = /^\s*```(\S*)\s*(.*)$/.exec(line);
    if (fence === null) {
      if (open !== undefined) {
        open.text += `${line}\n`;
      }
    } else if (open === undefined) {
      open = { language: fence[1] ?? "", mark: fence[2] ?? "", line: index + 2, text: "" };
    } else {
      blocks.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) {
    throw new Error(`the block of line ${open.line} does not end`);
  }
  return blocks;
};

/** Languages whose blocks are typed into a terminal. */
export const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "shell", "console"]);

/** Something that a reader types, and what the document says that it answers. */
export type Step = { line: number; command: string; answer?: Block };

/** The commands of a document in order. A block of `json` or `text` right behind one of commands is the answer of its last. */
export const stepsOf = (markdown: string): Step[] => {
  const steps: Step[] = [];
  let previous: Block | undefined;
  for (const block of blocksOf(markdown)) {
    const last = steps.at(-1);
    if (SHELLS.has(block.language)) {
      steps.push(...commandsOf(block));
    } else if (last !== undefined && previous !== undefined && SHELLS.has(previous.language) && block.mark !== "example") {
      last.answer = block;
    }
    previous = block;
  }
  return steps;
};

/** A line is a command; one that ends in a backslash goes on. In a `console` block only lines behind a prompt are typed. */
const commandsOf = (block: Block): Step[] => {
  const steps: Step[] = [];
  let begun = "";
  let line = block.line;
  for (const [index, raw] of block.text.split("\n").entries()) {
    const typed = block.language !== "console" || begun !== "" ? raw : raw.startsWith("$ ") ? raw.slice(2) : "";
    line = begun === "" ? block.line + index : line;
    const text = begun + typed.trim();
    if (text.endsWith("\\")) {
      begun = `${text.slice(0, -1).trimEnd()} `;
    } else {
      begun = "";
      if (text !== "" && !text.startsWith("#")) {
        steps.push({ line, command: text });
      }
    }
  }
  return steps;
};

/** Targets of the links and pictures of a document, without those inside code. */
export const linksOf = (markdown: string): string[] => {
  const prose = markdown.replaceAll(/^\s*```[\s\S]*?^\s*```/gm, "").replaceAll(/`[^`\n]*`/g, "code");
  return [...prose.matchAll(/\[[^\]]*\]\(([^)\s]+)[^)]*\)/g)].map(([, target]) => target ?? "");
};

/** What a link behind `#` can name: the headings, as web pages of repositories spell them. */
export const anchorsOf = (markdown: string): ReadonlySet<string> => {
  const prose = markdown.replaceAll(/^\s*```[\s\S]*?^\s*```/gm, "");
  const headings = [...prose.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => heading ?? "");
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
};
