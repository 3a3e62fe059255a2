import { Popover } from "@base-ui/react/popover";
import { useState } from "react";
import { Icon } from "../parts/icon.tsx";
import { tell } from "../parts/toasts.tsx";
import { setPrefs, usePrefs } from "../prefs/prefs.tsx";
import { isSameSearch, MOST_NAME, withFilter, withoutFilter, type FilteredPage, type SavedFilter } from "../prefs/remembered.ts";
import "./saved-filters.css";

type Search = Readonly<Record<string, string | undefined>>;
type Given<Key extends string> = {
  page: FilteredPage;
  /** What of the address is the filter: what is applied sets all of it. */
  keys: readonly Key[];
  search: Readonly<Partial<Record<Key, string>>>;
  onApply: (search: Partial<Record<Key, string>>) => void;
};

/** Filters of this page that a person has named: applied, made, deleted; the same in every browser of theirs. */
export const SavedFilters = <Key extends string>({ page, keys, search, onApply }: Given<Key>) => {
  const { filters } = usePrefs();
  const [isOpen, setOpen] = useState(false);
  const own = filters[page] ?? [];
  const now: Search = Object.fromEntries(keys.map((key) => [key, search[key]]));
  const current = own.find((filter) => isSameSearch(filter.search, now));
  const isEmpty = isSameSearch(now, {});
  const apply = (filter: SavedFilter): void => {
    // A filter that was saved by another version may have words that this page does not know.
    onApply(Object.fromEntries(keys.map((key) => [key, filter.search[key] ?? ""])) as Partial<Record<Key, string>>);
    setOpen(false);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className="btn">
        <Icon name="filter" />
        <span className="el saved-name">{current?.name ?? "Saved filters"}</span>
        <Icon name="down" size={12} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align="start" className="menu-place">
          <Popover.Popup className="menu saved-filters">
            <Popover.Title className="menu-title" render={<h2 />}>
              Saved filters
            </Popover.Title>
            {own.length === 0 ? (
              <p className="dim t12 none">None yet. What is filtered and sorted by now can be kept under a name.</p>
            ) : null}
            <ul>
              {own.map((filter) => (
                <FilterRow key={filter.name} filter={filter} page={page} isCurrent={filter === current} onApply={apply} />
              ))}
            </ul>
            <SaveForm page={page} search={now} isEmpty={isEmpty} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
};

type RowGiven = { filter: SavedFilter; page: FilteredPage; isCurrent: boolean; onApply: (filter: SavedFilter) => void };

const FilterRow = ({ filter, page, isCurrent, onApply }: RowGiven) => {
  const { filters } = usePrefs();
  const remove = (): void => {
    const before = filters;
    setPrefs({ filters: withoutFilter(filters, page, filter.name) });
    tell({ kind: "done", text: `Filter ${filter.name} deleted.`, action: { label: "Undo", act: () => setPrefs({ filters: before }) } });
  };
  return (
    <li className="row">
      <button type="button" className="item grow" aria-current={isCurrent ? "true" : undefined} onClick={() => onApply(filter)}>
        <span className="el">{filter.name}</span>
        {isCurrent ? <Icon name="check" size={12} /> : null}
      </button>
      <button type="button" className="btn ghost square sm" aria-label={`Delete the filter ${filter.name}`} onClick={remove}>
        <Icon name="trash" size={12} />
      </button>
    </li>
  );
};

const SaveForm = ({ page, search, isEmpty }: { page: FilteredPage; search: Search; isEmpty: boolean }) => {
  const { filters } = usePrefs();
  const [name, setName] = useState("");
  const wanted = name.trim();
  const isTaken = (filters[page] ?? []).some((filter) => filter.name === wanted);
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted !== "" && !isEmpty) {
          const kept = Object.fromEntries(Object.entries(search).filter(([, value]) => (value ?? "") !== "")) as Record<string, string>;
          setPrefs({ filters: withFilter(filters, page, { name: wanted, search: kept }) });
          setName("");
        }
      }}
    >
      <span className="inp grow">
        <input
          aria-label="Name of the filter"
          placeholder={isEmpty ? "Nothing is filtered now" : "Keep this filter as"}
          disabled={isEmpty}
          maxLength={MOST_NAME}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </span>
      <button type="submit" className="btn sm" disabled={wanted === "" || isEmpty}>
        {isTaken ? "Replace" : "Save"}
      </button>
    </form>
  );
};
