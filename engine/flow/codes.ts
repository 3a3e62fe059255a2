/** Codes of the engine's own faults, with a sentence each; those of inputs and outputs stand in their declarations. */
export const ENGINE_FAULTS = {
  arena_exhausted: "The lane has no room for what the flow reserves; fewer flows or smaller buffers would fit.",
  arena_unavailable: "The machine gives no memory for a lane.",
  delay_exceeds_bus: "The flow's bus cannot hold what arrives while an output's packets wait.",
  backend_unavailable: "The backend that was asked for does not work on this machine.",
  engine_stopped: "The engine has stopped.",
  flow_input_circular: "The packets of a flow would come back to it by way of the flow that its input reads.",
  flow_input_unavailable: "The flow that an input reads does not run; the input is tried again.",
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
  bandwidth_exceeded: "The input of a flow is over the flow's bandwidth limit.",
  bandwidth_blocked: "The input of a flow is over the flow's bandwidth limit; nothing passes until it is normal.",
  bandwidth_normal: "The input of a flow is within the flow's bandwidth limit again.",
  input_switched: "Another input of the flow is on its bus.",
  switch_confirmed: "The input that was put on air is there, with a picture to begin with, on every output of the flow.",
  switch_unconfirmed: "The input that was put on air is not there as it should be 2 s after the command; the details say what is missing.",
  input_recovered: "An input that failed runs again.",
  output_added: "An output was added to a flow that runs.",
  output_changed: "An output was changed while its flow ran.",
  output_removed: "An output was removed from a flow that runs.",
  output_recovered: "An output that failed runs again.",
  lane_crashed: "A lane ended by an error of ours; it is started again with its flows.",
  session_thread_crashed: "The thread of the sessions ended by an error of ours; they are started again.",
  backend_declined: "A better backend does not work on this machine; a slower one serves.",
  analysis_overrun:
    "More came in than the analysers could look at; what they say of that time is incomplete. No output lost anything by it.",
  analysis_thread_crashed: "The thread that analyses ended by an error of ours; it is started again. No output lost anything by it.",
  analysis_failed: "The analysis of an input ended by an error of ours and begins anew. No output lost anything by it.",
  backend_lacks: "A part runs without something that its configuration asks for, since the backend in use cannot do it here.",
  stop_incomplete: "Something did not end in time when the engine stopped.",
} as const satisfies Record<string, string>;

export type EngineEventCode = keyof typeof ENGINE_EVENTS;
