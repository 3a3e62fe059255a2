import { wireSequence } from "../sequence.ts";
import type { SrtMeters } from "../meters.ts";
import type { GroupIdentity } from "./identity.ts";
import type { ReceiveGroup } from "./receive-group.ts";
import type { SendGroup } from "./send-group.ts";

/** What a socket that is a link of a group is given: who the group is, and the side of it that the socket serves. */
export type Membership = {
  identity: GroupIdentity;
  /** 0 to 65535; of two links that could take over, the one with more does. */
  weight: number;
  receive?: ReceiveGroup;
  send?: SendGroup;
  /** What each place of a socket that listens counts with; its own meters where there is none. */
  meters?: readonly SrtMeters[];
  /** A link of a backup group begins to send. */
  activated?: () => void;
};

/** What a new link of a group that calls begins with: where the group stands. */
export const initialSequenceOf = ({ identity, receive, send }: Membership): number =>
  wireSequence(send?.next ?? (receive !== undefined && identity.isUp ? receive.end : identity.firstSequence));
