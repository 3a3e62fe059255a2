import { compileProgram } from "../compile.ts";

const SOURCES = new URL("c/", import.meta.url).pathname;

/** The C programs of this benchmark: the baseline, both ends of the load, and a clock of other processes' CPU. */
export type Programs = Readonly<Record<"cpu" | "forward" | "send" | "sink", string>>;

/** Sender and sink are in C too, since ends slower than the forwarder would measure themselves. */
export const compilePrograms = (): Programs => {
  const compiled = (name: string): string => compileProgram(`${SOURCES}${name}.c`);
  return { cpu: compiled("cpu"), forward: compiled("forward"), send: compiled("send"), sink: compiled("sink") };
};
