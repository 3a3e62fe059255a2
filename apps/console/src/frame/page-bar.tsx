import { useRef, type ReactNode } from "react";
import { Icon } from "../parts/icon.tsx";
import { useKeys } from "./keys.tsx";
import { useTitle } from "./link-banner.tsx";

type Given = {
  title: string;
  /** Before the title: a state. */
  glyph?: ReactNode;
  /** After it: what it is. */
  about?: ReactNode;
  children?: ReactNode;
};

/** Title, view switch, filter and actions of a page. At most one of them is primary. */
export const PageBar = ({ title, glyph, about, children }: Given) => {
  useTitle(title);
  return (
    <div className="bar">
      {glyph}
      <h1 className="el">{title}</h1>
      {about === undefined ? null : <span className="dim el about">{about}</span>}
      {children}
    </div>
  );
};

/** The filter of a page; `/` comes here. */
export const FilterBox = ({ value, onChange, what }: { value: string; onChange: (text: string) => void; what: string }) => {
  const box = useRef<HTMLInputElement>(null);
  useKeys([{ keys: "/", does: "Filter this page", act: () => box.current?.focus() }]);
  return (
    <label className="inp filter">
      <Icon name="search" />
      <input
        ref={box}
        type="search"
        aria-label={`Filter: ${what}`}
        placeholder={what}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            onChange("");
            event.currentTarget.blur();
          }
        }}
      />
      <kbd aria-hidden>/</kbd>
    </label>
  );
};
