import { isFault, type FaultBody } from "./fault.ts";

/** What a thrown value says of itself; never throws, whatever was thrown. */
export const messageOf = (cause: unknown): string => {
  if (cause instanceof Error) {
    return cause.message;
  }
  try {
    return String(cause);
  } catch {
    return "something that has no text was thrown";
  }
};

/** The form of any thrown value that crosses a thread: a Fault as it is, all else as an error of ours. */
export const faultBodyOf = (cause: unknown): FaultBody =>
  isFault(cause) ? cause.toJSON() : { code: "internal_error", message: messageOf(cause), details: {} };
