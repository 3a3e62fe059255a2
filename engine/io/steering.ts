/** One of several sockets of one port: the system gives each datagram to the socket that the datagram itself names. */
export type PortShare = {
  /** Its number among them. The kernel numbers them as they are bound, so they are opened one after the other, and the first one first. */
  index: number;
  /** How many there are. */
  count: number;
  /** Offsets of words of 32 bits in network order: the lowest byte of the first one that is not 0, modulo `count`, is the number. */
  by: readonly number[];
};

/** Instructions of the classic Berkeley packet filter. */
const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const AND = 0x54;
const MODULO = 0x94;
const RETURN = 0x16;

/** struct sock_filter, as two words in the machine's order: operation and where to jump, then the operand. */
const instruction = (operation: number, operand: number, ifNot = 0): [number, number] => [operation | (ifNot << 24), operand];

/** The filter that answers with the number of the socket. A datagram too short for its words ends it, and that is number 0. */
export const steeringProgram = ({ by, count }: PortShare): Uint32Array => {
  const looks = by.flatMap((at, i) => {
    const look = [instruction(LOAD_WORD, at)];
    // From the jump behind this word to the end of the last look.
    const rest = 2 * (by.length - i) - 3;
    return i === by.length - 1 ? look : [...look, instruction(JUMP_IF_EQUAL, 0, rest)];
  });
  return Uint32Array.from([...looks, instruction(AND, 0xff), instruction(MODULO, count), instruction(RETURN, 0)].flat());
};
