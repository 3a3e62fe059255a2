/** When the receiver asks for what the filter could not rebuild: always at once as well, on request when it has given up, never. */
export type Arq = "always" | "onreq" | "never";

/** The built-in filter: parity packets of rows, of columns, or of both. */
export type FecShape = {
  /** Packets in a row, 1 to 256. */
  columns: number;
  /** Packets in a column: 1 for rows alone, below -1 for columns alone of that height. */
  rows: number;
  layout: "even" | "staircase";
  arq: Arq;
};

/** What a filter's text says; what it does not say is left to the other side, or to the defaults. */
type Wish = { [Key in "cols" | "rows" | "layout" | "arq"]?: string };

const DEFAULTS: Wish = { rows: "1", layout: "staircase", arq: "onreq" };
const MOST = 256;

/** A text such as `fec,cols:10,rows:5`; `undefined` when it is no such text. An empty one wishes for nothing. */
const readWish = (text: string): Wish | undefined => {
  const [kind, ...pairs] = text.split(",").map((part) => part.trim());
  const wish: Wish = {};
  for (const pair of kind === "fec" ? pairs : text === "" ? [] : [":"]) {
    const [key = "", value = "", ...more] = pair.split(":");
    if (!(key === "cols" || key === "rows" || key === "layout" || key === "arq") || value === "" || more.length > 0 || key in wish) {
      return undefined;
    }
    wish[key] = value;
  }
  return wish;
};

/** What two texts come to, if they agree: "none" when both are empty. `undefined` when they contradict each other or one is no filter. */
export const mergeFilters = (own: string, peer: string): FecShape | "none" | undefined => {
  const [left, right] = [readWish(own), readWish(peer)];
  if (own === "" && peer === "") {
    return "none";
  }
  if (left === undefined || right === undefined) {
    return undefined;
  }
  const keys = ["cols", "rows", "layout", "arq"] as const;
  const conflict = keys.some((key) => left[key] !== undefined && right[key] !== undefined && left[key] !== right[key]);
  return conflict ? undefined : shapeOf({ ...DEFAULTS, ...left, ...right });
};

/** The text of a shape, its keys in the order of the alphabet as libsrt writes them. */
export const filterText = ({ columns, rows, layout, arq }: FecShape): string =>
  `fec,arq:${arq},cols:${columns},layout:${layout},rows:${rows}`;

const shapeOf = ({ cols, rows, layout, arq }: Wish): FecShape | undefined => {
  const columns = Number(cols);
  const height = Number(rows);
  const isSize = Number.isInteger(columns) && columns >= 1 && columns <= MOST && Number.isInteger(height) && Math.abs(height) <= MOST;
  if (!isSize || (height < 1 && height > -2) || (columns < 2 && height === 1)) {
    return undefined;
  }
  if ((layout !== "even" && layout !== "staircase") || (arq !== "always" && arq !== "onreq" && arq !== "never")) {
    return undefined;
  }
  return { columns, rows: height, layout, arq };
};
