export { PacketBatch } from "./packet-batch.ts";
export type { Memory } from "./memory.ts";
export type { EgressStage, MediaMachine, Packetizer, SenderMachine, StagedRing } from "./machines.ts";
export type { PacketRing } from "./packet-ring.ts";
export { TRAIN_BYTES, TRAIN_DATAGRAMS, type Wire } from "./wire.ts";
export type { Tally } from "./tally.ts";
