export const EXIT_OK = 0;
/** The command line is wrong. */
export const EXIT_USAGE = 2;
/** An error of ours, or of the machine: the launcher starts it again. */
export const EXIT_CRASH = 70;
/** The configuration is wrong, which trying again does not mend. sysexits.h EX_CONFIG. */
export const EXIT_CONFIG = 78;
