import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { FarOrder } from "./far-end.ts";
import type { LoadPlan, SinkReport } from "./load-orders.ts";

type Start = (program: string, args: readonly string[]) => ChildProcess;

/** A `Load` in another process, which `start` begins: here, or in another network namespace. */
export class FarLoad {
  ports: number[] = [];
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string, undefined>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  static async open(start: Start, plan: Omit<LoadPlan, "streams">): Promise<FarLoad> {
    const far = new FarLoad(start(process.execPath, [fileURLToPath(new URL("./far-end.ts", import.meta.url))]));
    far.ports = (await far.#ask({ open: plan })) as number[];
    return far;
  }

  async aim(streams: string[]): Promise<void> {
    await this.#ask({ aim: streams });
  }

  async send(seconds: number): Promise<number[]> {
    return (await this.#ask({ send: seconds })) as number[];
  }

  async settle(): Promise<SinkReport[]> {
    return (await this.#ask({ report: true })) as SinkReport[];
  }

  close(): void {
    this.#child.stdin?.end();
  }

  async #ask(order: FarOrder): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
    const { value } = await this.#lines.next();
    if (value === undefined) {
      throw new Error("the load over there has ended");
    }
    return JSON.parse(value) as unknown;
  }
}
