import type { Sort } from "./order.ts";

export type Column = {
  key: string;
  title: string;
  align?: "right";
  width?: number | string;
  /** Which way is first when it is pressed; absent: not sorted by. */
  sorts?: "up" | "down";
  /** Left out where there is not much room. */
  isMinor?: boolean;
};

type Given = {
  columns: readonly Column[];
  ids: readonly string[];
  sort?: Sort | undefined;
  onSort?: (sort: Sort) => void;
  selection?: { ids: ReadonlySet<string>; onChange: (ids: ReadonlySet<string>) => void };
};

/** The heads of a table's columns; those that can be sorted by are buttons. */
export const HeadRow = ({ columns, ids, sort, onSort, selection }: Given) => (
  <tr>
    {selection === undefined ? null : (
      <th className="tickcell" scope="col">
        <label className="tick">
          <input
            type="checkbox"
            aria-label="Select all"
            checked={ids.length > 0 && ids.every((id) => selection.ids.has(id))}
            ref={(box) => {
              if (box !== null) {
                box.indeterminate = ids.some((id) => selection.ids.has(id)) && !ids.every((id) => selection.ids.has(id));
              }
            }}
            onChange={(event) => selection.onChange(new Set(event.currentTarget.checked ? ids : []))}
          />
        </label>
      </th>
    )}
    {columns.map((column) => {
      const isSorted = sort?.key === column.key;
      const classes = [column.align === "right" ? "r" : "", column.isMinor === true ? "minor" : ""].filter((each) => each !== "").join(" ");
      return (
        <th
          key={column.key}
          scope="col"
          className={classes}
          style={column.width === undefined ? undefined : { width: column.width }}
          {...(isSorted ? { "aria-sort": sort.isDescending ? ("descending" as const) : ("ascending" as const) } : {})}
        >
          {column.sorts === undefined || onSort === undefined ? (
            column.title
          ) : (
            <button
              type="button"
              onClick={() => onSort({ key: column.key, isDescending: isSorted ? !sort.isDescending : column.sorts === "down" })}
            >
              {column.title}
              <span aria-hidden className="arrow">
                {isSorted ? (sort.isDescending ? "↓" : "↑") : ""}
              </span>
            </button>
          )}
        </th>
      );
    })}
  </tr>
);
