import { useState } from "react";
import { LOGO_LIMITS, type Group } from "@bilbycast/contracts/manager-api";
import { ApiFailure } from "../../api/api.ts";
import { api, renew } from "../../api/browser.tsx";
import { useMay } from "../../api/me.tsx";
import { logoUrl } from "../../frame/brand.tsx";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { grouped } from "../../words/numbers.ts";

/** ISO/IEC 15948 §5.2. */
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** What the manager would refuse is said before it is sent. */
const problemOf = (bytes: Uint8Array): string | undefined =>
  SIGNATURE.some((byte, i) => bytes[i] !== byte)
    ? "This is no PNG. Save the logo as PNG: other forms, SVG among them, can carry more than a picture."
    : bytes.length > LOGO_LIMITS.bytes
      ? `It has ${grouped(bytes.length / 1_000)} kB. Save it smaller: 256 kB at most, 24 pixels high are shown.`
      : undefined;

/** The logo of a group: seen as it is at the top of every page, chosen, taken away. */
export const GroupLogo = ({ group }: { group: Group }) => {
  const canWrite = useCanWrite() && useMay()("group.update", { groupId: group.id }).is;
  const [problem, setProblem] = useState<string>();
  const params = { group_id: group.id };
  const set = useAct({
    act: async (file: File) => {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const found = problemOf(bytes);
      if (found !== undefined) {
        throw new ApiFailure(422, { error: found, error_code: "logo_invalid" });
      }
      return api("setGroupLogo", {
        params,
        version: group.version,
        body: { png: btoa(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join("")) },
      });
    },
    said: () => "Logo saved.",
    onDone: () => void renew("groups", "me"),
    isQuiet: true,
  });
  const remove = useAct({
    act: () => api("removeGroupLogo", { params, version: group.version }),
    said: () => "Logo removed.",
    onDone: () => void renew("groups", "me"),
  });
  const refused = problem ?? set.failure?.message;
  return (
    <div className="field">
      <span className="label">Logo</span>
      <div className="row">
        {group.logo_version === null ? (
          <span className="dim">None: the mark is a triangle in the colour.</span>
        ) : (
          <img className="logo" src={logoUrl(group.id, group.logo_version)} alt={`Logo of ${group.name}`} />
        )}
        <span className="grow" />
        <label className="btn file" aria-disabled={!canWrite || set.isRunning}>
          {group.logo_version === null ? "Choose a PNG" : "Choose another"}
          <input
            type="file"
            accept="image/png,.png"
            className="spoken"
            disabled={!canWrite || set.isRunning}
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? [];
              setProblem(undefined);
              if (file !== undefined) {
                set.run(file, { onError: (error) => setProblem(error.message) });
              }
              // The same file can be chosen again after it was saved smaller.
              event.currentTarget.value = "";
            }}
          />
        </label>
        {group.logo_version === null ? null : (
          <button type="button" className="btn" disabled={!canWrite || remove.isRunning} onClick={() => remove.run(undefined)}>
            Remove
          </button>
        )}
      </div>
      {refused === undefined ? (
        <div className="hint">PNG, 256 kB and 1024 by 512 pixels at most. Shown 24 pixels high.</div>
      ) : (
        <div className="problem" role="alert">
          <StateGlyph state="critical" size={12} silent />
          <span>
            {refused} <span className="m dim">{set.failure?.code ?? "logo_invalid"}</span>
          </span>
        </div>
      )}
    </div>
  );
};
