import { useCallback, useState } from "react";
import type { LiveMessage, NodeCard } from "@bilbycast/contracts/manager-api";
import { useLink, useLiveRows, useMessages } from "../live/live-link.tsx";
import { useNow } from "../live/use-now.tsx";
import { StateGlyph } from "../parts/glyph.tsx";
import { Ticking } from "../parts/ticking.tsx";
import { counted } from "../words/numbers.ts";
import { lastedText } from "../words/times.ts";

/** Facts that need nobody to act: they live here and never in a banner. */
export const StatusBar = () => {
  const cards = useLiveRows<NodeCard>("nodes");
  const online = cards.filter(({ status }) => status !== "offline" && status !== "pending").length;
  const running = cards.reduce((sum, card) => sum + (card.active_flows ?? 0), 0);
  const [server, setServer] = useState<LiveMessage & { type: "hello" }>();
  useMessages(
    useCallback((message: LiveMessage) => {
      if (message.type === "hello") {
        setServer(message);
      }
    }, []),
  );
  return (
    <footer className="status">
      <LinkAge />
      <span>
        {counted(cards.length, "node")} · {online} online
      </span>
      <span>{counted(running, "flow")} running</span>
      <span className="grow" />
      {location.protocol === "https:" ? null : <span>Not encrypted: http</span>}
      {server === undefined ? null : (
        <>
          <span title={server.instance_id}>{placeOf(server)}</span>
          <span>{server.version}</span>
        </>
      )}
    </footer>
  );
};

/** Nobody reads the whole of an id that nobody chose, and a region that nobody named is none. */
const placeOf = ({ instance_id: id, region }: LiveMessage & { type: "hello" }): string => {
  const name = /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(id) ? id.slice(0, 8) : id;
  return region === "unknown" ? name : `${name} · ${region}`;
};

const LinkAge = () => {
  const link = useLink();
  const now = useNow();
  const age = <Ticking>{link.heardAt === undefined ? "–" : lastedText(now - link.heardAt)}</Ticking>;
  return (
    <span>
      <StateGlyph state={link.state === "live" ? "good" : link.state === "lost" ? "warning" : "unknown"} size={10} silent />
      {link.state === "live" || link.state === "lost" ? (
        <span>
          {link.state === "live" ? "Live" : "Connection lost"} · data {age} old
        </span>
      ) : (
        "Connecting"
      )}
    </span>
  );
};
