import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Fault } from "@bilbycast/foundation/fault";
import type { Driver } from "./driver.ts";

export type BackendChoice = {
  backend: Driver["name"];
  capabilities: Record<string, boolean>;
  /** Why a better one does not serve; shown in health. */
  declined?: string;
};

const SELF_TEST = new URL("./self-test-main.ts", import.meta.url);
/** A machine that is busy with something else starts a process slowly. */
const TIMEOUT = 20_000;

/**
 * The best backend that works on this machine. The native one is tried in a process of its own,
 * so that a wrong structure ends that process and not the node. `wanted` other than "auto" is obeyed or refused, never replaced.
 */
export const chooseBackend = async (
  wanted: "auto" | Driver["name"],
  selfTest: URL = SELF_TEST,
  timeoutMs = TIMEOUT,
): Promise<BackendChoice> => {
  if (wanted === "dgram") {
    return { backend: "dgram", capabilities: {} };
  }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(selfTest)], {
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    return { backend: "koffi", capabilities: readCapabilities(stdout) };
  } catch (cause) {
    const declined = reasonOf(cause);
    if (wanted === "koffi") {
      throw new Fault("backend_unavailable", "The native backend was asked for and does not work on this machine.", {
        cause,
        details: { declined },
      });
    }
    return { backend: "dgram", capabilities: {}, declined };
  }
};

/** What the self-test found; anything but an object of truth values means that something else answered. */
const readCapabilities = (text: string): Record<string, boolean> => {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Object.values(value).some((found) => typeof found !== "boolean")) {
    throw new Error("the self-test did not say what it found");
  }
  return value as Record<string, boolean>;
};

const reasonOf = (cause: unknown): string => {
  const { signal, stderr } = cause as { signal?: string; stderr?: string };
  if (typeof signal === "string") {
    return `the self-test ended by ${signal}`;
  }
  const line = stderr?.split("\n").find((text) => text.includes("Error") || text.includes("Failed"));
  return line?.trim() ?? (cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "the self-test failed");
};
