/** A message of the chunk stream. RTMP 1.0 §6.1. */
export type RtmpMessage = {
  /** Message type id. */
  type: number;
  /** Message stream id; 0 is for the connection itself. */
  streamId: number;
  /** 32 bits, milliseconds. */
  timestamp: number;
  payload: Uint8Array;
};

/** Message type ids. RTMP 1.0 §5.4, §6.2, §7.1. */
export const SET_CHUNK_SIZE = 1;
export const ABORT = 2;
export const ACKNOWLEDGEMENT = 3;
export const USER_CONTROL = 4;
export const WINDOW_ACKNOWLEDGEMENT_SIZE = 5;
export const SET_PEER_BANDWIDTH = 6;
export const AUDIO = 8;
export const VIDEO = 9;
export const DATA_AMF0 = 18;
export const COMMAND_AMF0 = 20;
/** An AMF0 command behind one byte of 0, as some servers answer. */
export const COMMAND_AMF3 = 17;

/** Event types of user control messages. §7.1.7. */
export const PING_REQUEST = 6;
export const PING_RESPONSE = 7;

/** Size of a chunk's payload before anybody sets another. §5.4.1. */
export const DEFAULT_CHUNK_SIZE = 128;
/** A time stamp field of this value is followed by an extended time stamp. §5.3.1.3. */
export const EXTENDED = 0xffffff;
