import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import { Icon } from "../../parts/icon.tsx";
import { ROW_LENGTH } from "./desk-keys.ts";
import { stepOf } from "./places.ts";
import { PresetKey, type KeyActs } from "./preset-key.tsx";
import "../../parts/own-layout.css";

type Given = {
  topic: string;
  groupName: string;
  pageName: string;
  /** By place. */
  keys: readonly (string | undefined)[];
  isEdit: boolean;
  takingId: string | undefined;
  onPress: (presetId: string, isLook: boolean) => void;
  onHover: (presetId: string | undefined) => void;
  onEdit: (presetId: string) => void;
  onNew: (place: number) => void;
  onMove: (from: number, to: number) => void;
};

/** A pointer that rests on a key wants to know; one that passes over it does not. Milliseconds. */
const REST_MS = 700;

/** Three rows of eight. Arrows walk them; in the editor, with Alt, they carry the key along. */
export const KeyGrid = ({ topic, groupName, pageName, keys, isEdit, takingId, onPress, onHover, onEdit, onNew, onMove }: Given) => {
  const [chosen, setStop] = useState(0);
  // One key is always a stop: the first that can be pressed, when the chosen one went away.
  const stop = isEdit || keys[chosen] !== undefined ? chosen : keys.findIndex((key) => key !== undefined);
  const grid = useRef<HTMLDivElement>(null);
  const dragged = useRef<number>(undefined);
  const rest = useRest(onHover);
  useKeyWidth(grid);
  const carry = useCarried(grid, keys);
  const onNudge = useCallback(
    (place: number, arrow: string) => {
      const to = stepOf(place, arrow, ROW_LENGTH, keys.length);
      carry(keys[place]);
      onMove(place, to);
      setStop(to);
    },
    [keys, onMove, carry],
  );
  const acts = useMemo(
    (): KeyActs => ({
      press: onPress,
      edit: onEdit,
      drag: (place) => {
        dragged.current = place;
      },
      drop: (place) => {
        if (dragged.current !== undefined) {
          onMove(dragged.current, place);
        }
        dragged.current = undefined;
      },
      nudge: onNudge,
    }),
    [onPress, onEdit, onMove, onNudge],
  );
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const place = Number((event.target as HTMLElement).closest<HTMLElement>("[data-place]")?.dataset["place"] ?? Number.NaN);
    if (!event.key.startsWith("Arrow") || Number.isNaN(place) || event.ctrlKey || event.metaKey) {
      return;
    }
    event.preventDefault();
    if (event.altKey) {
      if (isEdit) {
        acts.nudge(place, event.key);
      }
      return;
    }
    const next = nextKey(keys, place, event.key, isEdit);
    setStop(next);
    focusAt(grid.current, next);
  };
  return (
    <div className="own-layout keys-room">
      <div
        className="keys"
        ref={grid}
        role="group"
        aria-label={`Presets of ${pageName}`}
        onKeyDown={onKeyDown}
        onPointerOver={(event) => rest.over(event.target)}
        onPointerLeave={() => rest.over(null)}
      >
        {keys.map((presetId, place) =>
          presetId === undefined ? (
            <EmptyKey key={place} place={place} isEdit={isEdit} isStop={place === stop} onNew={onNew} onDrop={acts.drop} />
          ) : (
            <PresetKey
              key={presetId}
              topic={topic}
              groupName={groupName}
              presetId={presetId}
              place={place}
              isEdit={isEdit}
              isStop={place === stop}
              takingId={takingId}
              acts={acts}
            />
          ),
        )}
      </div>
    </div>
  );
};

/** The next one that can be pressed: empty ones only in the editor. */
const nextKey = (keys: readonly (string | undefined)[], place: number, arrow: string, isEdit: boolean): number => {
  let at = place;
  for (let next = stepOf(at, arrow, ROW_LENGTH, keys.length); next !== at; next = stepOf(at, arrow, ROW_LENGTH, keys.length)) {
    at = next;
    if (isEdit || keys[at] !== undefined) {
      return at;
    }
  }
  return place;
};

/** Tells the styles how wide a key is, in pixels. */
const useKeyWidth = (grid: RefObject<HTMLElement | null>): void => {
  useLayoutEffect(() => {
    const { current: keys } = grid;
    if (keys === null) {
      return undefined;
    }
    const observer = new ResizeObserver(() =>
      keys.style.setProperty("--key", `${(keys.firstElementChild as HTMLElement | null)?.offsetWidth ?? 0}px`),
    );
    observer.observe(keys);
    return () => observer.disconnect();
  }, [grid]);
};

/** For so long a key that is carried has the focus wherever it lands. Milliseconds. */
const CARRY_MS = 2_000;

/** The focus goes with a key that is carried: where it lands is known when the desk has heard of it. */
const useCarried = (
  grid: RefObject<HTMLElement | null>,
  keys: readonly (string | undefined)[],
): ((presetId: string | undefined) => void) => {
  const carried = useRef<{ id: string; until: number }>(undefined);
  useEffect(() => {
    const { id, until } = carried.current ?? { id: "", until: 0 };
    if (Date.now() < until) {
      grid.current?.querySelector<HTMLElement>(`[data-preset="${id}"]`)?.focus();
    }
  }, [grid, keys]);
  return useCallback((id: string | undefined) => {
    carried.current = id === undefined ? undefined : { id, until: Date.now() + CARRY_MS };
  }, []);
};

const focusAt = (grid: HTMLElement | null, place: number): void => {
  // A key that was just moved is at its new place after the page has drawn it.
  requestAnimationFrame(() => grid?.querySelector<HTMLElement>(`[data-place="${place}"] .face, .face[data-place="${place}"]`)?.focus());
};

const useRest = (onHover: (presetId: string | undefined) => void): { over: (target: EventTarget | null) => void } => {
  const at = useRef<{ id: string | undefined; timer: number }>({ id: undefined, timer: 0 });
  return {
    over: (target) => {
      const id =
        target instanceof Element ? target.closest(".key")?.querySelector<HTMLElement>("[data-preset]")?.dataset["preset"] : undefined;
      if (id !== at.current.id) {
        window.clearTimeout(at.current.timer);
        at.current = { id, timer: window.setTimeout(() => onHover(id), id === undefined ? 0 : REST_MS) };
      }
    },
  };
};

type EmptyGiven = { place: number; isEdit: boolean; isStop: boolean; onNew: (place: number) => void; onDrop: (place: number) => void };

const EmptyKey = ({ place, isEdit, isStop, onNew, onDrop }: EmptyGiven) =>
  isEdit ? (
    <button
      type="button"
      className="key add face"
      data-place={place}
      tabIndex={isStop ? 0 : -1}
      onClick={() => onNew(place)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        onDrop(place);
      }}
    >
      <Icon name="plus" size={18} />
      New preset
    </button>
  ) : (
    <div className="key add" data-place={place} aria-hidden>
      Empty
    </div>
  );
