import type { Wire } from "@bilbycast/foundation/packets";
import { after, type Instant } from "@bilbycast/foundation/time";
import { CONCLUSION, DATAGRAM, FIRST_REJECTION, INDUCTION, MAGIC, writeHandshake, type Handshake } from "./handshake.ts";
import type { GroupBlock } from "./handshake-extensions.ts";
import { conclude, conclusionRequest, handshakeOf, initiatorKeys } from "./negotiation.ts";
import { OnePeer } from "./one-peer.ts";
import { controlType, destinationSocket, HANDSHAKE, isControl, SHUTDOWN } from "./packet.ts";
import { REJECT, rejectCode } from "./reject-reason.ts";

/** Calls a listener on a connected socket, and calls again when the connection ends or was refused, after a pause. */
export class Caller extends OnePeer<"inducting" | "concluding"> {
  protected override take(at: number, length: number, now: Instant, wire: Wire): void {
    const { memory, meters } = this.options;
    const { bytes } = memory;
    const destination = destinationSocket(bytes, at);
    const isHandshake = isControl(bytes, at) && controlType(bytes, at) === HANDSHAKE;
    // Listeners before 1.3.1 answer a conclusion without our ID.
    if (destination !== this.own.socketId && !(isHandshake && destination === 0 && this.state === "concluding")) {
      meters.packetsFiltered.add(1);
    } else if (isHandshake) {
      this.read(at, length, now, wire);
    } else if (this.connection.isOpen) {
      this.connection.receive(at, length, now, wire);
    } else if (this.state === "concluding" && isControl(bytes, at) && controlType(bytes, at) === SHUTDOWN) {
      this.refused("peer", REJECT.version, now);
    } else {
      meters.packetsFiltered.add(1);
    }
  }

  protected override call(now: Instant, wire: Wire): void {
    const { settings } = this.options;
    this.prepare("inducting", 0, after(now, settings.connectTimeout), now);
    const induction = { version: 4, encryption: 0, extension: DATAGRAM, requestType: INDUCTION };
    this.say(writeHandshake({ ...handshakeOf(settings, this.own), ...induction }), now, wire);
  }

  protected override handshake(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void {
    if (this.state === "connected" || this.state === "waiting") {
      // A late repetition: nothing that was agreed on is agreed on again.
      this.options.meters.packetsFiltered.add(1);
    } else if (handshake.requestType >= FIRST_REJECTION) {
      this.refused("peer", rejectCode(handshake.requestType), now);
    } else if (this.state === "inducting" && handshake.requestType === INDUCTION) {
      this.#inducted(handshake, now, wire);
    } else if (this.state === "concluding" && handshake.requestType === CONCLUSION) {
      this.#concluded(handshake, stamp, now, wire);
    } else {
      this.options.meters.packetsFiltered.add(1);
    }
  }

  #inducted(handshake: Handshake, now: Instant, wire: Wire): void {
    const { crypto, settings } = this.options;
    if (handshake.version < 5) {
      this.refused("us", REJECT.version, now);
      return;
    }
    if (handshake.extension !== MAGIC) {
      this.refused("us", REJECT.rogue, now);
      return;
    }
    this.own = { ...this.own, cookie: handshake.cookie };
    this.keys = initiatorKeys(crypto, settings);
    const request = conclusionRequest(crypto, settings, this.own, this.keys, this.#block);
    this.asked = request.extensions.keyRequest;
    this.state = "concluding";
    this.say(writeHandshake(request), now, wire);
  }

  #concluded(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void {
    const isOurs = handshake.initialSequence === this.own.initialSequence;
    const concluded = isOurs
      ? conclude(this.options.settings, this.own, this.keys, this.asked, handshake, stamp, now, this.#block)
      : REJECT.rogue;
    const agreed = this.#admitted(handshake, now) ?? concluded;
    if (typeof agreed === "number") {
      this.connection.outbox.peerSocketId = handshake.socketId;
      this.connection.outbox.empty(wire, SHUTDOWN, 0, now);
      this.refused("us", agreed, now);
      return;
    }
    this.connect(agreed, now);
    this.answered(now);
  }

  get #block(): GroupBlock | undefined {
    const { group } = this.options;
    return group?.identity.block(group.weight);
  }

  /** The other side's group must be that of the other links; the code of a refusal when it is not. */
  #admitted({ extensions }: Handshake, now: Instant): number | undefined {
    const identity = this.options.group?.identity;
    const code = identity?.refusal(extensions.group, now);
    if (code === undefined && extensions.group !== undefined) {
      identity?.admit(extensions.group);
    }
    return code;
  }
}
