import { Fault } from "@bilbycast/foundation/fault";
import type { MediaMachine, Packetizer, SenderMachine } from "@bilbycast/foundation/packets";
import type { Declaration, InputContext, OutputContext, ReceiveOptions, SendOptions, Stats } from "@bilbycast/engine/transport";
import type { HeapMemory } from "@bilbycast/testkit/memory";
import { seededCrypto } from "@bilbycast/testkit/crypto";
import { GaugeTally } from "@bilbycast/testkit/tally";
import { seeded, type Random } from "@bilbycast/testkit/random";

/** What an input asked its lane for. */
export type Received<D extends Declaration> = { options: ReceiveOptions<D>; machine: MediaMachine };
/** What an output asked its lane for. */
export type Sent<D extends Declaration> = { options: SendOptions<D>; packetizer: Packetizer | SenderMachine };

/** A lane that opens no socket: what the runtime half of an input asks for lies in `opened`, closing it closes its machine. */
export const inputContext = <D extends Declaration>(
  declaration: D,
  memory: HeapMemory,
): { context: InputContext<D>; opened: Received<D>[] } => {
  const opened: Received<D>[] = [];
  const context: InputContext<D> = {
    ...parts(declaration, memory),
    receive: (options, machine) => {
      opened.push({ options, machine });
      return { close: () => machine.close() };
    },
  };
  return { context, opened };
};

/** The same for an output. */
export const outputContext = <D extends Declaration>(
  declaration: D,
  memory: HeapMemory,
  random: Random,
): { context: OutputContext<D>; opened: Sent<D>[] } => {
  const opened: Sent<D>[] = [];
  const context: OutputContext<D> = {
    ...parts(declaration, memory),
    random32: () => Math.floor(random() * 2 ** 32),
    send: (options, packetizer) => {
      opened.push({ options, packetizer });
      return { close: () => packetizer.close() };
    },
  };
  return { context, opened };
};

const parts = <D extends Declaration>(
  declaration: D,
  memory: HeapMemory,
): Pick<InputContext<D>, "memory" | "stats" | "crypto" | "fault" | "report"> => ({
  memory,
  stats: Object.fromEntries(Object.keys(declaration.stats).map((name) => [name, new GaugeTally()])) as unknown as Stats<D>,
  crypto: seededCrypto(memory, seeded(1)),
  report: () => {},
  fault: (code, cause) => new Fault(code, declaration.faults[code] ?? code, { cause }),
});
