import type * as Ffi from "node:ffi";

/** The module, without the one line that the runtime prints when it is first loaded: the choice of it stands in health. */
export const loadFfi = (): typeof Ffi => {
  const emitWarning = Reflect.get(process, "emitWarning");
  const quiet = ((warning: string | Error, ...rest: never[]): void => {
    if (rest[0] !== "ExperimentalWarning" || !String(warning).startsWith("FFI ")) {
      emitWarning.call(process, warning, ...rest);
    }
  }) as typeof process.emitWarning;
  process.emitWarning = quiet;
  try {
    const ffi = process.getBuiltinModule("node:ffi") as typeof Ffi | undefined;
    if (ffi === undefined) {
      throw new Error("this runtime has no node:ffi");
    }
    return ffi;
  } finally {
    process.emitWarning = emitWarning;
  }
};
