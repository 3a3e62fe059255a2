export type { Claim, Declaration, Problem, RunsOn, Stat, Unit } from "./declare.ts";
export type {
  DeviceBinding,
  EventReport,
  FaultCode,
  InputConfig,
  InputContext,
  OpenInput,
  OpenOutput,
  OutputConfig,
  OutputContext,
  Pacer,
  ReceiveOptions,
  Running,
  SendOptions,
  SendTallies,
  Spare,
  Stats,
} from "./lane-contract.ts";
export type {
  Connection,
  ConnectionEnd,
  ConnectionListener,
  ConnectOptions,
  MediaFile,
  OpenSessionInput,
  OpenSessionOutput,
  PeerState,
  SessionInputContext,
  SessionOutputContext,
  SessionTimer,
  UnitSink,
} from "./session-contract.ts";
export type { LaneTransport, Registry, SessionTransport, TransportModule } from "./registry.ts";
export { receiveOptionsOf, sendOptionsOf } from "./datagram-options.ts";
export { tsStageOf } from "./ts-output.ts";
export type { EncodedUnit, Encoder, EncoderHooks, TestSignalSpec, TestSoundSpec } from "./encoder-contract.ts";
