import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Fault } from "@bilbycast/foundation/fault";
import type { BackendName } from "./backends.ts";

export type BackendChoice = {
  backend: BackendName;
  capabilities: Record<string, boolean>;
  /** Why each better one does not serve; shown in health. */
  declined?: string;
};

const SELF_TEST = new URL("./self-test-main.ts", import.meta.url);
/** A machine that is busy with something else starts a process slowly. */
const TIMEOUT = 20_000;

/** Best first. */
const NATIVE = ["koffi", "ffi"] as const;

/**
 * The best backend that works on this machine. The native ones are tried in a process of their own,
 * so that a wrong structure ends that process and not the node. `wanted` other than "auto" is obeyed or refused, never replaced.
 */
export const chooseBackend = async (
  wanted: "auto" | BackendName,
  selfTest: URL = SELF_TEST,
  timeoutMs = TIMEOUT,
): Promise<BackendChoice> => {
  const reasons: string[] = [];
  for (const backend of NATIVE) {
    if (wanted !== "auto" && wanted !== backend) {
      continue;
    }
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(selfTest), backend], {
        timeout: timeoutMs,
        killSignal: "SIGKILL",
      });
      const declined = reasons.length === 0 ? {} : { declined: reasons.join("; ") };
      return { backend, capabilities: readCapabilities(stdout), ...declined };
    } catch (cause) {
      reasons.push(`${backend}: ${reasonOf(cause)}`);
      if (wanted === backend) {
        throw new Fault("backend_unavailable", `The backend ${backend} was asked for and does not work on this machine.`, {
          cause,
          details: { declined: reasons.join("; ") },
        });
      }
    }
  }
  return { backend: "dgram", capabilities: {}, ...(reasons.length === 0 ? {} : { declined: reasons.join("; ") }) };
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
  const lines = stderr?.split("\n") ?? [];
  const line = lines.find((text) => /^\w*Error\b/.test(text)) ?? lines.find((text) => /Error|Failed/.test(text));
  return line?.trim() ?? (cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "the self-test failed");
};
