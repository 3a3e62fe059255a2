import { memo, type ComponentType, type MouseEvent } from "react";

type Given = {
  id: string;
  place: number;
  Row: ComponentType<{ id: string }>;
  name: string;
  tone: string;
  isCurrent: boolean;
  isFocusable: boolean;
  isSelected: boolean | undefined;
  onToggle: (id: string, isRange: boolean) => void;
  onOpen: ((id: string) => void) | undefined;
  onFocus: (id: string) => void;
};

/** One row: a press opens it, its box ticks it. Buttons and links inside do what they say. */
export const BodyRow = memo((given: Given) => {
  const { id, place, Row, name, tone, isCurrent, isFocusable, isSelected, onToggle, onOpen, onFocus } = given;
  const onClick = (event: MouseEvent<HTMLTableRowElement>): void => {
    if ((event.target as HTMLElement).closest("a, button, input, label") === null) {
      onOpen?.(id);
    }
  };
  return (
    <tr
      data-id={id}
      className={`${tone}${isCurrent ? " sel" : ""}${onOpen === undefined ? "" : " opens"}`}
      aria-rowindex={place + 2}
      aria-selected={isSelected ?? isCurrent}
      tabIndex={isFocusable ? 0 : -1}
      onClick={onClick}
      onFocus={(event) => event.target === event.currentTarget && onFocus(id)}
    >
      {isSelected === undefined ? null : (
        <td className="tickcell">
          <label className="tick">
            <input
              type="checkbox"
              aria-label={`Select ${name}`}
              checked={isSelected}
              onChange={() => undefined}
              onClick={(event) => onToggle(id, event.shiftKey)}
              tabIndex={-1}
            />
          </label>
        </td>
      )}
      <Row id={id} />
    </tr>
  );
});
