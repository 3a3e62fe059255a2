import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** As root a network namespace is enough; anybody else becomes root of a user namespace first. */
const UNSHARE = process.getuid?.() === 0 ? ["--net"] : ["--user", "--map-root-user", "--net"];

const SCRIPT_TIMEOUT = 55_000;

/**
 * Runs a script in a network namespace of its own, where it may do to the network as it likes.
 * Resolves with the JSON that the script prints as its last line; rejects with what it wrote to stderr.
 */
export const runInNamespace = async (script: URL, env: Record<string, string> = {}): Promise<unknown> => {
  const { stdout } = await promisify(execFile)("unshare", [...UNSHARE, process.execPath, fileURLToPath(script)], {
    env: { ...process.env, ...env, NODE_TEST_CONTEXT: undefined },
    timeout: SCRIPT_TIMEOUT,
    killSignal: "SIGKILL",
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as unknown;
};

/** Runs one command of iproute2 or nftables; throws with its words when it fails. */
export const command = (line: string): string => {
  const [program = "", ...rest] = line.split(" ");
  return execFileSync(program, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
};

/** A second host: a namespace joined to this one by a pair of virtual Ethernet interfaces. */
export class Neighbour {
  readonly #holder: ChildProcess;
  /** Name of this end of the wire. */
  readonly device: string;

  private constructor(holder: ChildProcess, device: string) {
    this.#holder = holder;
    this.device = device;
  }

  /** `here` and `there` are addresses with prefix lengths, like 10.77.0.1/24. */
  static async join(device: string, here: string, there: string): Promise<Neighbour> {
    // It ends with its input, and so with us, however we end.
    const holder = spawn("unshare", ["--net", "cat"], { stdio: ["pipe", "ignore", "ignore"] });
    await once(holder, "spawn");
    const neighbour = new Neighbour(holder, device);
    await neighbour.#apart();
    command(`ip link add ${device} type veth peer name eth0 netns ${holder.pid}`);
    command(`ip addr add ${here} dev ${device}`);
    command(`ip link set ${device} up`);
    neighbour.do("ip link set lo up");
    neighbour.do(`ip addr add ${there} dev eth0`);
    neighbour.do("ip link set eth0 up");
    return neighbour;
  }

  /** Runs a command over there. */
  do(line: string): string {
    return command(`nsenter -t ${this.#holder.pid} -n ${line}`);
  }

  /** Starts a program over there. */
  start(program: string, args: readonly string[]): ChildProcess {
    return spawn("nsenter", ["-t", String(this.#holder.pid), "-n", program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  }

  leave(): void {
    this.#holder.kill("SIGKILL");
  }

  /** The child is spawned before it has left our namespace. */
  async #apart(): Promise<void> {
    const ours = command("readlink /proc/self/ns/net");
    while (command(`readlink /proc/${this.#holder.pid}/ns/net`) === ours) {
      await sleep(5);
    }
  }
}
