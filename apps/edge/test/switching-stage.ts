import type { TestContext } from "node:test";
import { LiveReceivers, LiveSenders, udpDrops, type LiveReport, type LiveSource } from "@bilbycast/testkit/live";
import { freePorts, waitFor } from "@bilbycast/testkit/peers";
import { EdgeProcess } from "./edge-process.ts";
import { PipelinedRequests } from "./pipelined-requests.ts";

/** The inputs of the flow, in order of their sources. */
export const INPUTS = [
  { id: "a", type: "udp" },
  { id: "b", type: "rtp" },
  { id: "c", type: "udp" },
] as const;

/** What the sinks are fed by, in their order. */
const OUTPUTS = [
  { id: "trains", type: "udp", trains: true },
  { id: "rtp", type: "rtp" },
  { id: "single", type: "udp", trains: false },
] as const;

type Fields = Record<string, unknown>;

/** An edge with one flow of three live inputs, and sinks behind three outputs that judge what leaves. */
export class SwitchingStage {
  readonly senders: LiveSenders;
  readonly receivers: LiveReceivers;
  readonly #requests: PipelinedRequests;
  readonly #inputPorts: readonly number[];

  private constructor(requests: PipelinedRequests, senders: LiveSenders, receivers: LiveReceivers, inputPorts: readonly number[]) {
    this.#requests = requests;
    this.senders = senders;
    this.receivers = receivers;
    this.#inputPorts = inputPorts;
  }

  /** `others`: further outputs of the flow. Nothing is sent yet. */
  static async open(
    t: TestContext,
    sources: readonly LiveSource[],
    digestOf: number,
    others: readonly Fields[] = [],
  ): Promise<SwitchingStage> {
    const first = await freePorts(INPUTS.length);
    const inputPorts = INPUTS.map((_, i) => first + i);
    const receivers = await LiveReceivers.open({ sinks: OUTPUTS.map(({ type }) => ({ rtp: type === "rtp" })), checker: {}, digestOf });
    t.after(() => receivers.close());
    const edge = await EdgeProcess.start(t, configOf(inputPorts, receivers.ports, others));
    const requests = await PipelinedRequests.open((await edge.running(1)).address);
    t.after(() => requests.close());
    const streams = sources.map((source, i) => ({ source, to: `127.0.0.1:${inputPorts[i]}`, rtp: INPUTS[i]?.type === "rtp" }));
    const senders = await LiveSenders.open(streams);
    t.after(() => senders.close());
    return new SwitchingStage(requests, senders, receivers, inputPorts);
  }

  /** Asks for the input of a source on air; in the order of the calls. Resolves with the answer, and rejects unless the edge agrees. */
  async activate(source: number): Promise<void> {
    const { status, body } = await this.#requests.post("/api/v1/flows/f/activate-input", { input_id: INPUTS[source]?.id });
    if (status !== 200) {
      throw new Error(`the switch was refused: ${JSON.stringify(body)}`);
    }
  }

  /** Resolves when every output has shown packets of the made source last. */
  async shown(source: number): Promise<void> {
    await waitFor(`source ${source} on every output`, async () =>
      (await this.receivers.states()).every((state) => state.source === source),
    );
  }

  async received(datagrams: number): Promise<void> {
    await waitFor(`${datagrams} datagrams on every output`, async () =>
      (await this.receivers.states()).every((state) => state.datagrams >= datagrams),
    );
  }

  /** Datagrams that the kernel dropped before somebody read them: what they cost is the machine's fault. */
  get drops(): number {
    return udpDrops([...this.#inputPorts, ...this.receivers.ports]);
  }

  /** What each output gave, by its id. */
  async reports(): Promise<[string, LiveReport][]> {
    return (await this.receivers.report()).map((report, i) => [OUTPUTS[i]?.id ?? "", report]);
  }
}

const configOf = (inputPorts: readonly number[], outputPorts: readonly number[], others: readonly Fields[]): unknown => {
  const outputs: Fields[] = OUTPUTS.map((output, i) => ({ ...output, name: output.id, dest_addr: `127.0.0.1:${outputPorts[i]}` }));
  outputs.push(...others.map((other, i) => ({ ...other, id: `other-${i}`, name: `other ${i}` })));
  return {
    version: 2,
    inputs: INPUTS.map((input, i) => ({ ...input, name: input.id, active: i === 0, bind_addr: `127.0.0.1:${inputPorts[i]}` })),
    outputs,
    flows: [{ id: "f", name: "Programme", input_ids: INPUTS.map(({ id }) => id), output_ids: outputs.map(({ id }) => id) }],
  };
};
