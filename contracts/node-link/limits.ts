/** Said by the edge when it authenticates: 4 takes media uploads as binary frames. */
export const PROTOCOL_VERSION = 4;

/** From this version on a node takes binary frames. */
export const BINARY_FRAMES_SINCE = 4;

/** Bytes of a frame at most, either way: larger ones end the connection. */
export const FRAME_BYTES_MAX = 5 * 1024 * 1024;

/**
 * What one node may send: this much each second, and in a burst what it keeps for a manager that was away, its whole queue of events at their
 * largest. Its connection ends beyond that, and what is left of the budget counts for the next one.
 */
export const NODE_BUDGET = {
  bytesPerSecond: 4 * 1024 * 1024,
  burstBytes: 64 * 1024 * 1024,
  messagesPerSecond: 500,
  burstMessages: 20_000,
} as const;

/** How a manager closes a connection (RFC 6455 §7.4.2), besides the codes of WebSocket itself. */
export const CLOSE_CODES = {
  node_expired: { code: 4_403, meaning: "The time for which the node was created is over; it is refused from now on." },
  node_over_budget: { code: 4_429, meaning: "The node sent more than a node may; it may come back." },
} as const satisfies Record<string, { code: number; meaning: string }>;

/** Bytes of a command at most, pieces of media files aside: what the REST API takes as a body. */
export const COMMAND_BYTES_MAX = 1_000_000;

/** Addresses of one manager, and characters of each. */
export const URLS_MAX = 16;
export const URL_LENGTH_MAX = 2_048;

/** Characters of a registration token, and of an id or secret of a node. */
export const TOKEN_LENGTH_MAX = 4_096;

/** Milliseconds from the open socket to the answer to `auth`, for either end. */
export const AUTH_DEADLINE_MS = 10_000;

/** Milliseconds that the manager waits for an ack, unless the command says otherwise. */
export const ACK_WAIT_MS = 10_000;

/** Milliseconds between two `stats`, and between two `health`. */
export const STATS_INTERVAL_MS = 1_000;
export const HEALTH_INTERVAL_MS = 15_000;

/** Milliseconds between two pings of either end; three of them without a word end the connection. */
export const PING_INTERVAL_MS = 15_000;

/** Milliseconds after which the next address is tried while another one is untried. */
export const ROTATION_MS = 5_000;
/** Milliseconds between attempts when every address has failed: from, and to. */
export const BACK_OFF_MS = { first: 1_000, last: 60_000 } as const;

/** Events that a node keeps for a manager that is away. */
export const EVENT_QUEUE_MAX = 4_096;

/** Characters of an event's message, of its category, and of a version. */
export const EVENT_MESSAGE_MAX = 10_000;
export const EVENT_CATEGORY_MAX = 256;
export const SOFTWARE_VERSION_MAX = 256;

/** Characters of a command's id. */
export const COMMAND_ID_MAX = 256;

/** Bytes of a piece of a media file; all but the last have this many. */
export const MEDIA_CHUNK_BYTES = 1024 * 1024;
/** Milliseconds that the manager waits for the ack of one. */
export const MEDIA_ACK_WAIT_MS = 60_000;
/** Bytes of a media file, and of all on one node. */
export const MEDIA_FILE_BYTES_MAX = 4 * 1024 ** 3;
export const MEDIA_LIBRARY_BYTES_MAX = 16 * 1024 ** 3;
/** Milliseconds after which an upload that nobody goes on with is given up. */
export const MEDIA_UPLOAD_TTL_MS = 3_600_000;
/** A media file's name: no folder, not hidden. */
export const MEDIA_NAME = /^(?!\.)(?!.*\.\.)[A-Za-z0-9._\- ]{1,255}$/;

/** Pictures that are shown live at once, of one node, and seconds that one wish for them holds. */
export const WATCHED_PICTURES_MAX = 8;
export const WATCH_SECONDS_MAX = 60;

/** Milliseconds in which a flow that was made or started must get its ports, before its ack. */
export const FIRST_BIND_WAIT_MS = 600;
