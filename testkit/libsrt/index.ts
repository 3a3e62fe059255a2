export { buildLibsrt, builtLibsrt, findLibsrt, LIBSRT_BUILD_PACKAGES, type Libsrt, type LibsrtProgram } from "./build.ts";
