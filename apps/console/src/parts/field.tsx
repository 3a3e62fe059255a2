import { useId, useState, type ReactNode } from "react";
import { StateGlyph } from "./glyph.tsx";

type Given = {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong, and what would be right. */
  problem?: string | undefined;
  code?: string | undefined;
  /** Beside the label: a button, the capability that lacks. */
  aside?: ReactNode;
  children: (ids: { id: string; describedBy: string | undefined; isInvalid: boolean }) => ReactNode;
};

/** A label, a control, and below it what is wrong with it or what it is for. */
export const Field = ({ label, hint, problem, code, aside, children }: Given) => {
  const id = useId();
  const below = problem !== undefined || hint !== undefined ? `${id}-below` : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        <span className="grow" />
        {aside}
      </label>
      {children({ id, describedBy: below, isInvalid: problem !== undefined })}
      {problem === undefined ? null : (
        <div className="problem" id={below} role="alert">
          <StateGlyph state="critical" size={12} silent />
          <span>
            {problem} {code === undefined ? null : <span className="m dim">{code}</span>}
          </span>
        </div>
      )}
      {problem !== undefined || hint === undefined ? null : (
        <div className="hint" id={below}>
          {hint}
        </div>
      )}
    </div>
  );
};

type TextGiven = Omit<Given, "children"> & {
  value: string;
  onChange: (text: string) => void;
  placeholder?: string;
  unit?: string | undefined;
  type?: "text" | "password" | "email" | "datetime-local";
  isMono?: boolean;
  isRequired?: boolean;
  isDisabled?: boolean;
  autoComplete?: string;
  autoFocus?: boolean;
  /** Buttons at the end of the control. */
  end?: ReactNode;
  name?: string;
};

/** One line of text. */
export const TextField = (given: TextGiven) => {
  const { value, onChange, placeholder, unit, type = "text", isMono = false, isDisabled = false, end } = given;
  return (
    <Field label={given.label} hint={given.hint} problem={given.problem} code={given.code} aside={given.aside}>
      {({ id, describedBy, isInvalid }) => (
        <span className={`inp${isInvalid ? " err" : ""}`}>
          <input
            id={id}
            className={isMono ? "m" : ""}
            type={type}
            value={value}
            placeholder={placeholder}
            disabled={isDisabled}
            required={given.isRequired}
            aria-invalid={isInvalid}
            aria-describedby={describedBy}
            autoComplete={given.autoComplete ?? "off"}
            autoFocus={given.autoFocus}
            name={given.name}
            spellCheck={false}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
          {unit === undefined ? null : <span className="unit">{unit}</span>}
          {end}
        </span>
      )}
    </Field>
  );
};

type SecretGiven = Omit<TextGiven, "type" | "end"> & {
  /** One is stored: emptying the control takes it away. */
  isSet?: boolean;
};

/** A word that others should not read over one's shoulder. */
export const SecretField = ({ isSet = false, hint, ...given }: SecretGiven) => {
  const [isShown, setShown] = useState(false);
  return (
    <TextField
      {...given}
      hint={isSet && given.value !== "" ? "Empty it to remove the stored one." : hint}
      type={isShown ? "text" : "password"}
      autoComplete={given.autoComplete ?? "new-password"}
      end={
        <button type="button" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? "Hide" : "Show"}
        </button>
      }
    />
  );
};

type SelectGiven = Omit<Given, "children"> & {
  value: string;
  onChange: (value: string) => void;
  options: readonly { value: string; label: string }[];
  isDisabled?: boolean;
};

/** One of several, by the control of the system: it works on every device and by every key. */
export const SelectField = ({ value, onChange, options, isDisabled = false, ...given }: SelectGiven) => (
  <Field {...given}>
    {({ id, describedBy, isInvalid }) => (
      <span className={`inp${isInvalid ? " err" : ""}`}>
        <select
          id={id}
          value={value}
          disabled={isDisabled}
          aria-invalid={isInvalid}
          aria-describedby={describedBy}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      </span>
    )}
  </Field>
);

/** On or off, with its words beside it. */
export const SwitchField = ({
  label,
  hint,
  isOn,
  onChange,
  isDisabled = false,
}: {
  label: ReactNode;
  hint?: ReactNode;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  isDisabled?: boolean;
}) => (
  <div className="field">
    <label className="tick">
      <input
        className="switch"
        type="checkbox"
        role="switch"
        checked={isOn}
        disabled={isDisabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
    {hint === undefined ? null : <div className="hint">{hint}</div>}
  </div>
);
