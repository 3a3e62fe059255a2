import { encode } from "uqr";
import type { Enrolment, NodeCard } from "./enrolment-types.ts";
import { useLiveRow } from "../../live/live-link.tsx";
import { useNow } from "../../live/use-now.tsx";
import { CopyLine } from "../../parts/copy-line.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { momentText } from "../../words/times.ts";

/** How a node is told of this manager: a line for its shell, the same as a picture, and what it is made of. */
export const EnrolmentView = ({ nodeId, enrolment }: { nodeId: string; enrolment: Enrolment }) => {
  const now = useNow();
  const { zone } = usePrefs();
  return (
    <div className="enrol">
      <CopyLine label="Run this on the node" text={enrolment.start_command} />
      <Arrival nodeId={nodeId} />
      <div className="row" style={{ alignItems: "flex-start", gap: 16 }}>
        <Qr
          text={JSON.stringify({
            url: enrolment.manager_url,
            token: enrolment.registration_token,
            pin: enrolment.cert_fingerprint ?? undefined,
          })}
        />
        <dl className="kv grow">
          <dt>Manager</dt>
          <dd className="m">{enrolment.manager_url}</dd>
          <dt>Good until</dt>
          <dd>{momentText(Date.parse(enrolment.expires_at), now, zone)}</dd>
          {enrolment.cert_fingerprint === null ? null : (
            <>
              <dt>Certificate</dt>
              <dd className="m t12">{enrolment.cert_fingerprint}</dd>
            </>
          )}
        </dl>
      </div>
      <CopyLine label="Registration token, for the setup page of the node" text={enrolment.registration_token} isSecret />
    </div>
  );
};

/** The node comes while one looks: then it is said. */
const Arrival = ({ nodeId }: { nodeId: string }) => {
  const card = useLiveRow<NodeCard>("nodes", nodeId);
  const isHere = card !== undefined && card.status !== "pending" && card.status !== "offline";
  return (
    <div className="panel wait" role="status">
      <StateGlyph state={isHere ? "good" : "unknown"} silent />
      {isHere ? (
        <span>
          <b className="b">{card.name} is here.</b> Version {card.software_version ?? "unknown"}.
        </span>
      ) : (
        <span className="mid">Waits for the node. It usually takes less than 10 s.</span>
      )}
    </div>
  );
};

const QUIET = 2;

/** The line as a picture, for a telephone beside a rack. Always dark on white: readers expect it. */
const Qr = ({ text }: { text: string }) => {
  const { data, size } = encode(text, { border: QUIET });
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg
      className="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="The manager's address and the token as a QR code"
      shapeRendering="crispEdges"
    >
      <path d={path} fill="#000" />
    </svg>
  );
};
