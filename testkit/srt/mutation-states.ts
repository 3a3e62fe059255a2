import { encodeUtf8 } from "@bilbycast/foundation/bytes";
import { tsUnit } from "@bilbycast/testkit/streams";
import type { Pair, PairOptions } from "./pair.ts";

const MS = 1_000;
const SECOND = 1_000_000;
const delay = 10 * MS;
const there = { delay };
/** Packets: what a tenth of a second brings. */
const BUFFER = 128;

/** States whose mutations are one file of tests, which takes no more than a minute. */
export type MutationGroup =
  | "calling"
  | "asking"
  | "callers"
  | "listening"
  | "listeners"
  | "waving"
  | "answering"
  | "initiated"
  | "rendezvous"
  | "receivers-with-keys"
  | "receivers-without-keys"
  | "senders-with-keys"
  | "filters";

/** Where a socket stands when strangers begin to write to it. */
export type MutationState = {
  name: string;
  group: MutationGroup;
  options: PairOptions;
  /** What the socket says of itself as long as it stands there; of two that do, the one that is written to. */
  step: string;
  to: "sender" | "receiver";
  /** Brings the pair there. */
  reach(pair: Pair): void;
  /** Whoever writes has shown that the address is right, or is on a connected socket. */
  isProved: boolean;
};

const side = (settings: NonNullable<PairOptions["sender"]>["settings"] = {}, rendezvous = false): NonNullable<PairOptions["sender"]> => ({
  rendezvous,
  settings: { receiveBuffer: BUFFER, sendBuffer: BUFFER, ...settings },
});
const both = (settings: Parameters<typeof side>[0] = {}, rendezvous = false): PairOptions => ({
  sender: side(settings, rendezvous),
  receiver: side(settings, rendezvous),
  there,
});

const passphrase = encodeUtf8("a passphrase of some length");
const plain = both();
const keys = { passphrase, refreshRate: 64, preAnnounce: 20 };
const secure = both(keys);
const meeting = both({}, true);
const secretMeeting = both(keys, true);
/** One side has a passphrase and the other has none: the connection stands, and has no keys. */
const open = { enforcedEncryption: false };
const halfSecret = (which: "sender" | "receiver"): PairOptions => ({
  sender: side(which === "sender" ? { ...open, passphrase } : open),
  receiver: side(which === "receiver" ? { ...open, passphrase } : open),
  there,
});

const connected = (pair: Pair): void => {
  pair.run(SECOND);
  pair.stream(40, MS, tsUnit);
};
const passed =
  (milliseconds: number) =>
  (pair: Pair): void =>
    pair.run(milliseconds * MS);
const left =
  (who: "sender" | "receiver") =>
  (pair: Pair): void => {
    connected(pair);
    pair.farewell(who);
    pair.run(pair.now + 15 * MS);
  };
/** The first wave of the receiver is lost, so that the sender still waves when it is asked. */
const served = (pair: Pair): void => {
  pair.back.properties.loss = 1;
  pair.run(MS);
  pair.back.properties.loss = 0;
  pair.run(25 * MS);
};

const state = (
  group: MutationState["group"],
  name: string,
  options: PairOptions,
  [step, to]: readonly [string, MutationState["to"]],
  reach: MutationState["reach"],
  isProved = true,
): MutationState => ({ group, name, options, step, to, reach, isProved });

const SENDER = ["connected", "sender"] as const;
const RECEIVER = ["connected", "receiver"] as const;
const pulled = { ...plain, caller: "receive" } as const;
const pulledSecure = { ...secure, caller: "receive" } as const;
const parity = { filter: "fec,cols:5,rows:4,arq:onreq" };
const wave = (lost: number): PairOptions => ({ ...meeting, there: { delay, loss: lost } });

/** Every state in which a socket hears what strangers send. */
export const MUTATION_STATES: readonly MutationState[] = [
  state("calling", "a caller in its induction", { ...plain, there: { delay, loss: 1 } }, ["inducting", "sender"], passed(1)),
  state("calling", "a caller in its conclusion", plain, ["concluding", "sender"], passed(25)),
  state("callers", "a connected caller that sends", plain, SENDER, connected),
  state("callers", "a connected caller that receives", pulled, RECEIVER, connected),
  state("callers", "a caller whose listener has gone", plain, ["waiting", "sender"], left("receiver")),
  state("callers", "a caller that has gone", plain, ["waiting", "sender"], left("sender")),

  state("listening", "a listener that nobody has called", plain, ["listening", "receiver"], () => {}, false),
  state("listening", "a listener that has given its cookie", plain, ["listening", "receiver"], passed(15), false),
  state("listening", "a connected listener that receives", plain, RECEIVER, connected),
  state("listeners", "a connected listener that sends", pulled, SENDER, connected),
  state("listeners", "a listener whose caller has gone", plain, ["listening", "receiver"], left("sender"), false),
  state("listeners", "a listener that has gone", plain, ["listening", "receiver"], left("receiver"), false),

  state("waving", "a rendezvous that waves", wave(1), ["waving", "sender"], passed(1)),
  state("waving", "a rendezvous at attention", meeting, ["attention", "sender"], passed(15)),
  state("waving", "a rendezvous at attention, with keys", secretMeeting, ["attention", "receiver"], passed(15)),

  state("answering", "a rendezvous that is fine", meeting, ["fine", "sender"], served),
  state("answering", "a rendezvous that is fine, with keys", secretMeeting, ["fine", "sender"], served),
  state("initiated", "a rendezvous that is initiated", meeting, ["initiated", "receiver"], passed(25)),
  state("rendezvous", "a connected rendezvous that sends", meeting, SENDER, connected),
  state("receivers-with-keys", "a connected rendezvous that receives", secretMeeting, RECEIVER, connected),
  state("rendezvous", "a rendezvous whose other side has gone", meeting, ["waiting", "sender"], left("receiver")),

  state("asking", "a caller in its conclusion, with keys", secure, ["concluding", "sender"], passed(25)),
  state(
    "receivers-without-keys",
    "a listener that has given its cookie, with a passphrase",
    secure,
    ["listening", "receiver"],
    passed(15),
    false,
  ),
  state("receivers-with-keys", "a connected receiver with keys", secure, RECEIVER, connected),
  state("senders-with-keys", "a connected sender with keys", secure, SENDER, connected),
  state("senders-with-keys", "a connected listener that sends with keys", pulledSecure, SENDER, connected),
  state("receivers-with-keys", "a connected receiver with keys in GCM", both({ ...keys, cipherMode: "gcm" }), RECEIVER, connected),
  state("receivers-without-keys", "a receiver with a passphrase and no keys", halfSecret("receiver"), RECEIVER, connected),
  state("receivers-without-keys", "a receiver without a passphrase whose peer has one", halfSecret("sender"), RECEIVER, connected),
  state("senders-with-keys", "a sender with a passphrase and no keys", halfSecret("sender"), SENDER, connected),
  state("senders-with-keys", "a sender without a passphrase whose peer has one", halfSecret("receiver"), SENDER, connected),

  state("filters", "a connected receiver with a filter", both(parity), RECEIVER, connected),
  state("filters", "a connected sender with a filter", both(parity), SENDER, connected),
  state("filters", "a connected receiver with a filter and keys", both({ ...keys, ...parity }), RECEIVER, connected),
  state("asking", "a caller in its conclusion, with a filter", both(parity), ["concluding", "sender"], passed(25)),
];
