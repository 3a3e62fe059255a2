import { useRef, type ReactNode } from "react";
import { useNow } from "../live/use-now.tsx";
import { Icon, Mark } from "../parts/icon.tsx";
import { usePrefs } from "../prefs/prefs.tsx";
import { clockText } from "../words/times.ts";
import { useTenant } from "./brand.tsx";
import { useKeys } from "./keys.tsx";
import { useTitle } from "./link-banner.tsx";
import { useNarrow } from "./narrow.tsx";
import "./on-call.css";

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
  const isNarrow = useNarrow();
  if (isNarrow) {
    return <NarrowBar title={title} glyph={glyph} more={children} />;
  }
  return (
    <div className="bar">
      {glyph}
      <h1 className="el">{title}</h1>
      {about === undefined ? null : <span className="dim el about">{about}</span>}
      {children}
    </div>
  );
};

/** The same on a telephone: what of it is no title stands below it. */
const NarrowBar = ({ title, glyph, more }: { title: string; glyph: ReactNode; more: ReactNode }) => {
  const now = useNow();
  const { zone } = usePrefs();
  return (
    <>
      <header className="oc-head">
        {glyph ?? <Mark />}
        <h1 className="el">{title}</h1>
        <span className="tenant-name el grow">{useTenant()?.name ?? "All groups"}</span>
        <span className="m">{clockText(now, zone).slice(0, 5)}</span>
      </header>
      {more === undefined ? null : <div className="oc-more">{more}</div>}
    </>
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
