import type { ReactNode } from "react";
import { StateGlyph } from "./glyph.tsx";

/** Nothing is there yet: what it would be, and the one thing to do. */
export const Empty = ({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) => (
  <div className="empty">
    <div className="b t15">{title}</div>
    {children === undefined ? null : <p>{children}</p>}
    {action}
  </div>
);

/** The filter lets nothing through: clearing it is the one thing to do. */
export const FilteredToNone = ({ what, onClear }: { what: string; onClear: () => void }) => (
  <Empty
    title={`No ${what} by this filter`}
    action={
      <button type="button" className="btn" onClick={onClear}>
        Clear filter
      </button>
    }
  />
);

/** Something was refused or did not load: sentence, remedy, code. */
export const Refused = ({ sentence, code, children }: { sentence: string; code?: string | undefined; children?: ReactNode }) => (
  <div className="refused" role="alert">
    <StateGlyph state="critical" size={15} silent />
    <div>
      <b className="b">{sentence}</b> {children}
      {code === undefined ? null : <div className="m dim">{code}</div>}
    </div>
  </div>
);
