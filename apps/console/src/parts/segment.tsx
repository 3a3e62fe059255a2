type Given<Value extends string> = {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
};

/** One of a few, all in sight. Arrows walk it, as in any group of radio buttons. */
export const Segment = <Value extends string>({ label, value, options, onChange }: Given<Value>) => (
  <span
    className="seg"
    role="radiogroup"
    aria-label={label}
    onKeyDown={(event) => {
      const step =
        event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 0;
      const place = (options.findIndex((option) => option.value === value) + step + options.length) % options.length;
      const next = options[place];
      if (step !== 0 && next !== undefined) {
        event.preventDefault();
        onChange(next.value);
        (event.currentTarget.children[place] as HTMLElement | undefined)?.focus();
      }
    }}
  >
    {options.map((option) => (
      <button
        key={option.value}
        type="button"
        role="radio"
        aria-checked={option.value === value}
        tabIndex={option.value === value ? 0 : -1}
        onClick={() => onChange(option.value)}
      >
        {option.label}
      </button>
    ))}
  </span>
);
