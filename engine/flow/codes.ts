/** Codes of the engine's own faults, with a sentence each; those of inputs and outputs stand in their declarations. */
export const ENGINE_FAULTS = {
  arena_exhausted: "The lane has no room for what the flow reserves; fewer flows or smaller buffers would fit.",
  arena_unavailable: "The machine gives no memory for a lane.",
  backend_unavailable: "The backend that was asked for does not work on this machine.",
  engine_stopped: "The engine has stopped.",
  internal_error: "An error of ours; the log has it.",
  lane_ended: "The lane's thread has ended; it is started again.",
  media_name_invalid: "The name is none that a file of the media library can have.",
  media_not_found: "The media library has no such file, or it cannot be read.",
  session_thread_ended: "The thread of the sessions has ended; it is started again.",
  unknown_flow: "There is no such flow that is to run.",
  unknown_input: "The flow has no such input.",
} as const satisfies Record<string, string>;

/** Codes of the engine's events, with a sentence each. A part that fails reports the code of its Fault. */
export const ENGINE_EVENTS = {
  flow_started: "A flow runs.",
  flow_stopped: "A flow was stopped.",
  flow_start_failed: "A flow could not be started; it is tried again.",
  flow_died: "A flow ended by an error of ours; it is started again, and no other flow was touched.",
  input_added: "An input was added to a flow that runs.",
  input_changed: "An input was changed while its flow ran.",
  input_removed: "An input was removed from a flow that runs.",
  input_switched: "Another input of the flow is on its bus.",
  input_recovered: "An input that failed runs again.",
  output_added: "An output was added to a flow that runs.",
  output_changed: "An output was changed while its flow ran.",
  output_removed: "An output was removed from a flow that runs.",
  output_recovered: "An output that failed runs again.",
  lane_crashed: "A lane ended by an error of ours; it is started again with its flows.",
  session_thread_crashed: "The thread of the sessions ended by an error of ours; they are started again.",
  backend_declined: "The native backend does not work on this machine; a slower one serves.",
} as const satisfies Record<string, string>;

export type EngineEventCode = keyof typeof ENGINE_EVENTS;
