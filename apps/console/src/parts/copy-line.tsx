import { useState } from "react";
import { Icon } from "./icon.tsx";
import "./copy-line.css";

/** A line that is taken along: selected whole, copied by a press. */
export const CopyLine = ({ label, text, isSecret = false }: { label: string; text: string; isSecret?: boolean }) => {
  const [isCopied, setCopied] = useState(false);
  const [isShown, setShown] = useState(!isSecret);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div className="copy-line">
      <div className="row t12 mid">
        <span className="grow">{label}</span>
        {isSecret ? (
          <button type="button" className="btn sm ghost" onClick={() => setShown(!isShown)}>
            {isShown ? "Hide" : "Show"}
          </button>
        ) : null}
        <button type="button" className="btn sm" onClick={() => void copy()}>
          <Icon name={isCopied ? "check" : "copy"} size={12} />
          {isCopied ? "Copied" : "Copy"}
        </button>
      </div>
      <code tabIndex={0}>{isShown ? text : "•".repeat(24)}</code>
    </div>
  );
};
