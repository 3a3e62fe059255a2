import type { ApiFailure } from "../api/api.ts";
import { StateGlyph } from "./glyph.tsx";

/** At the foot of a form: what was refused, unless a field says it. */
export const FormFailure = ({ failure }: { failure: ApiFailure | undefined }) =>
  failure === undefined ? null : (
    <span className="problem" role="alert">
      <StateGlyph state="critical" size={13} silent />
      <span>
        {failure.message} <span className="m dim">{failure.code}</span>
      </span>
    </span>
  );
