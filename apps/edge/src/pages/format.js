/** Mbit/s with two decimals; figures stand under each other. */
export const megabits = (bitsPerSecond) => (bitsPerSecond / 1e6).toFixed(2);

/** Thousands parted by a thin space, as in `1 234 567`. */
export const whole = (count) => String(count).replaceAll(/\B(?=(\d{3})+$)/g, "\u2009");

/** `6 h 02`, `41 d 3 h`, `12 m 05 s` */
export const duration = (seconds) => {
  const two = (value) => String(value).padStart(2, "0");
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) {
    return `${days} d ${hours} h`;
  }
  return hours > 0 ? `${hours} h ${two(minutes)}` : `${minutes} m ${two(Math.floor(seconds % 60))} s`;
};

export const timeOfDay = (date) => date.toLocaleTimeString("en-GB", { hour12: false });

/** The shape for a state of a flow or of a part of it. */
export const shapeOf = (state) =>
  ({
    running: "good",
    receiving: "good",
    sending: "good",
    degraded: "warning",
    waiting: "warning",
    stalled: "critical",
    failed: "critical",
    starting: "pending",
  })[state] ?? "off";

/** Flows in trouble stand first. */
export const RANK = { failed: 0, stalled: 1, degraded: 2, starting: 3, running: 4, stopped: 5 };

export const LEVEL_SHAPES = { Healthy: "good", Warning: "warning", Error: "critical", Critical: "critical" };

/** What of a part says where it is. */
export const placeOf = (part) =>
  part.local_addr && part.bind_addr
    ? part.local_addr
    : (part.bind_addr ?? part.dest_addr ?? part.dest_url ?? part.remote_addr ?? part.listen_addr ?? "");

/** A PID as analysers print it: `0x0100`. */
export const hexadecimal = (pid) => `0x${pid.toString(16).toUpperCase().padStart(4, "0")}`;

/** Text from the wire with its control characters made visible; the page isolates its direction. */
export const visible = (text) => String(text).replaceAll(/\p{Cc}/gu, "\ufffd");
