import { StateGlyph, TallyGlyph } from "./glyph.tsx";

/** Where a flow, an output or a preset stands. unknown: the node has not said, so nobody may think that it is dark. */
export type Tally = "on-air" | "next" | "taking" | "unknown";

/** PGM or PVW beside whatever is on air or will be. */
export const TallyChip = ({ tally }: { tally: Tally }) => {
  switch (tally) {
    case "on-air":
      return (
        <span className="chip pgm">
          <TallyGlyph shape="pgm" size={9} />
          on air
        </span>
      );
    case "next":
      return (
        <span className="chip pvw">
          <TallyGlyph shape="pvw" />
          next
        </span>
      );
    case "taking":
      return (
        <span className="chip pend">
          <TallyGlyph shape="pend" size={9} />
          taking
        </span>
      );
    case "unknown":
      return (
        <span className="chip o">
          <StateGlyph state="unknown" size={10} silent />
          No data
        </span>
      );
  }
};
