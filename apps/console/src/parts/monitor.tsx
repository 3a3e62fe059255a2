import type { ReactNode } from "react";
import { StateGlyph, TallyGlyph } from "./glyph.tsx";
import "./own-layout.css";
import "./monitor.css";

export type MonitorTally = "pgm" | "pvw" | "pend" | "none";

type Given = {
  /** pend: it is being taken. none: what is on the bus is not known, or nothing is. */
  tally: MonitorTally;
  /** Of the bus: PGM, PVW, TAKING. */
  word: string;
  /** What is on it: a preset, a flow. */
  name: ReactNode;
  /** At the end of the line: its clock, whether it is ready. */
  aside?: ReactNode;
  /** The picture. */
  children: ReactNode;
  /** Below the picture: node, input, format, rate. */
  facts: ReactNode;
};

/** PGM is a solid area and PVW a frame: they are told apart without their colours. */
export const Monitor = ({ tally, word, name, aside, children, facts }: Given) => (
  <section className={`monitor ${tally}`} aria-label={`${word}${typeof name === "string" ? ` ${name}` : ""}`}>
    <header>
      {tally === "none" ? <StateGlyph state="unknown" size={20} silent /> : <TallyGlyph shape={tally} size={tally === "pvw" ? 26 : 22} />}
      <span>{word}</span>
      <b className="el grow">{name}</b>
      {aside}
    </header>
    <div className="screen">{children}</div>
    <footer className="own-layout">
      <div>{facts}</div>
    </footer>
  </section>
);

/** In the place of a picture: why there is none. */
export const NoScreen = ({ children }: { children: ReactNode }) => (
  <div className="vid none">
    <span className="none">{children}</span>
  </div>
);
