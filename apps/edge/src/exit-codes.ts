/** A clean stop. */
export const EXIT_OK = 0;
/** The command line is wrong; the launcher does not try again. */
export const EXIT_USAGE = 2;
/** An error of ours (EX_SOFTWARE of sysexits.h); the launcher starts the edge again. */
export const EXIT_CRASH = 70;
/** The configuration is wrong (EX_CONFIG of sysexits.h); the launcher does not try again. */
export const EXIT_CONFIG = 78;
