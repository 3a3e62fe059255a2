import { useCallback, useRef, useState, type ComponentType, type KeyboardEvent, type ReactNode } from "react";
import { HeadRow, type Column } from "./head-row.tsx";
import { rangeOf, windowOf, type Sort } from "./order.ts";
import { BodyRow } from "./table-row.tsx";

export type { Column } from "./head-row.tsx";

type Given = {
  label: string;
  columns: readonly Column[];
  /** Rows in their order. */
  ids: readonly string[];
  /** The cells of a row: it listens for itself, so that one change draws one row. */
  Row: ComponentType<{ id: string }>;
  /** The class of a row's edge: bad, wrn. */
  toneOf?: (id: string) => string;
  nameOf: (id: string) => string;
  sort?: Sort | undefined;
  onSort?: (sort: Sort) => void;
  onOpen?: (id: string) => void;
  current?: string | undefined;
  selection?: { ids: ReadonlySet<string>; onChange: (ids: ReadonlySet<string>) => void };
  rowHeight?: number;
  isLoading?: boolean;
  isOld?: boolean;
  /** Stands where the rows would be: nothing is there, or the filter lets nothing through. */
  empty?: ReactNode;
  children?: ReactNode;
};

/** From here on only what is in sight is drawn. */
const VIRTUAL_FROM = 120;
const BONES = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** A table of things, of any length: sorted, selected, opened, by mouse and keys. */
export const DataTable = (given: Given) => {
  const { label, columns, ids, rowHeight = 45, isLoading = false, isOld = false, empty, selection, current } = given;
  const pane = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 900 });
  const [cursor, setCursor] = useState<string>();
  const anchor = useRef<string>(undefined);
  const isVirtual = ids.length > VIRTUAL_FROM;
  const { from, to } = isVirtual ? windowOf(ids.length, rowHeight, view.top, view.height) : { from: 0, to: ids.length };
  const focusable = cursor !== undefined && ids.includes(cursor) ? cursor : (current ?? ids[0]);

  const toggle = useToggle(ids, selection, anchor);
  const onKeyDown = useKeys(given, pane, setCursor, toggle, rowHeight);
  const span = columns.length + (selection === undefined ? 0 : 1);
  return (
    <div
      ref={pane}
      className={`table scroll${isOld ? " old" : ""}`}
      onScroll={(event) => isVirtual && setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
    >
      <table aria-label={label} aria-rowcount={ids.length + 1} aria-busy={isLoading} onKeyDown={onKeyDown}>
        <thead>
          <HeadRow {...given} />
        </thead>
        <tbody>
          {isLoading ? BONES.map((bone) => <BoneRow key={bone} span={span} />) : null}
          <Spacer rows={from} rowHeight={rowHeight} span={span} />
          {ids.slice(from, to).map((id, i) => (
            <BodyRow
              key={id}
              id={id}
              place={from + i}
              Row={given.Row}
              name={given.nameOf(id)}
              tone={given.toneOf?.(id) ?? ""}
              isCurrent={id === current}
              isFocusable={id === focusable}
              isSelected={selection?.ids.has(id)}
              onToggle={toggle}
              onOpen={given.onOpen}
              onFocus={setCursor}
            />
          ))}
          <Spacer rows={ids.length - to} rowHeight={rowHeight} span={span} />
        </tbody>
      </table>
      {!isLoading && ids.length === 0 ? empty : null}
      {given.children}
    </div>
  );
};

const Spacer = ({ rows, rowHeight, span }: { rows: number; rowHeight: number; span: number }) =>
  rows <= 0 ? null : (
    <tr aria-hidden className="spacer">
      <td colSpan={span} style={{ height: rows * rowHeight }} />
    </tr>
  );

const BoneRow = ({ span }: { span: number }) => (
  <tr className="bone">
    <td colSpan={span}>
      <span />
    </td>
  </tr>
);

/** Ticks one row, or with shift all from the last one that was ticked. */
const useToggle = (ids: readonly string[], selection: Given["selection"], anchor: { current: string | undefined }) =>
  useCallback(
    (id: string, isRange: boolean) => {
      if (selection === undefined) {
        return;
      }
      const next = new Set(selection.ids);
      const isOn = !next.has(id);
      const touched = isRange && anchor.current !== undefined ? rangeOf(ids, anchor.current, id) : [id];
      touched.forEach((each) => (isOn ? next.add(each) : next.delete(each)));
      anchor.current = id;
      selection.onChange(next);
    },
    [ids, selection, anchor],
  );

/** Arrows, J and K walk the rows; Enter opens, X ticks. */
const useKeys = (
  { ids, onOpen }: Given,
  pane: { current: HTMLDivElement | null },
  setCursor: (id: string) => void,
  toggle: (id: string, isRange: boolean) => void,
  rowHeight: number,
) => {
  return (event: KeyboardEvent<HTMLTableElement>): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>("tr[data-id]");
    const id = row?.dataset["id"];
    if (id === undefined || event.ctrlKey || event.metaKey || event.altKey || event.target !== row) {
      return;
    }
    const step = STEPS[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const place = Math.max(0, Math.min(ids.length - 1, step(ids.indexOf(id), ids.length)));
      const next = ids[place];
      if (next !== undefined) {
        setCursor(next);
        focusRow(pane.current, next, place * rowHeight);
      }
    } else if (event.key === "Enter" && onOpen !== undefined) {
      event.preventDefault();
      onOpen(id);
    } else if (event.key === "x" || event.key === " ") {
      event.preventDefault();
      toggle(id, event.shiftKey);
    }
  };
};

const STEPS: Readonly<Record<string, ((place: number, count: number) => number) | undefined>> = {
  ArrowDown: (place) => place + 1,
  ArrowUp: (place) => place - 1,
  j: (place) => place + 1,
  k: (place) => place - 1,
  PageDown: (place) => place + 10,
  PageUp: (place) => place - 10,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** A row that is out of sight of a long list is not drawn yet: the list is scrolled there first. */
const focusRow = (pane: HTMLDivElement | null, id: string, top: number): void => {
  const find = (): HTMLElement | undefined => pane?.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(id)}"]`) ?? undefined;
  if (find() === undefined) {
    pane?.scrollTo({ top: Math.max(0, top - 200) });
    requestAnimationFrame(() => requestAnimationFrame(() => find()?.focus()));
  } else {
    find()?.focus();
  }
};
