import type { ReactNode } from "react";
import "./banner.css";
import { StateGlyph } from "./glyph.tsx";
import { Icon } from "./icon.tsx";

type Given = { kind: "lost" | "back" | "warning" | "fact"; title: string; children?: ReactNode; aside?: ReactNode };

/** What holds for the whole page: the connection, the plant, one's own password. */
export const Banner = ({ kind, title, children, aside }: Given) => (
  <div className={`banner ${kind}`} role={kind === "fact" ? "note" : "status"}>
    {kind === "warning" ? (
      <StateGlyph state="warning" size={14} silent />
    ) : (
      <Icon name={kind === "lost" ? "plug" : kind === "back" ? "check" : "bell"} size={16} />
    )}
    <span className="grow">
      <b className="b">{title}</b> {children}
    </span>
    {aside}
  </div>
);
