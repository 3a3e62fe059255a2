/** How a command of a document is run where that is not simply done. */
export type Way = {
  /** Which commands this is about. */
  command: RegExp;
  /**
   * Runs until the end of the document, beside the commands that follow. `ready`: what it prints when they may. `says`: its last word
   * after Ctrl-C, if it has one; it must end by itself in any case.
   */
  beside?: { ready?: RegExp; says?: RegExp };
  /** Another command is run in its place. `shows`: what that must print. */
  instead?: { command: (typed: string) => string; shows: RegExp; because: string };
  /** It is not run. */
  never?: { because: string };
};

const ADDRESS = /(?<scheme>udp|rtp):\/\/@?(?<place>[\d.]+:\d+)/;

/** What a player would show, decoded for four seconds of its time: a picture that needs no other may be one away. */
const decoded = (typed: string): string => {
  const { scheme = "", place = "" } = ADDRESS.exec(typed)?.groups ?? {};
  return `ffmpeg -hide_banner -nostats -analyzeduration 1000000 -i ${scheme}://${place} -t 4 -f null - 2>&1`;
};

const PICTURES = /frame= *[1-9]/;

/** Every command that is not run as it stands, and why. All others are. */
export const WAYS: readonly Way[] = [
  { command: /^env BILBYCAST_DATA_DIR="\$PWD\/desk-data" npm start$/, beside: { ready: /^  log in/m, says: /^stopping$/m } },
  { command: /^npm start$/, beside: { ready: /^  log in/m, says: /^stopping$/m } },
  { command: /^node_modules\/\.bin\/bilbycast-edge --config/, beside: { ready: /the edge runs/, says: /"msg":"stopped"\}\n$/ } },
  { command: /bilbycast-manager serve/, beside: { ready: /the manager runs/, says: /"msg":"stopped"\}\n$/ } },
  { command: /^ffmpeg .*-re /, beside: {} },
  { command: /^ffplay /, instead: { command: decoded, shows: PICTURES, because: "it needs a display" } },
  {
    command: /^vlc /,
    instead: { command: decoded, shows: PICTURES, because: "it needs a display; VLC itself is a peer of testkit/peers" },
  },
  { command: /^npm test$/, never: { because: "it runs this very test" } },
  { command: /^npm ci$/, never: { because: "it empties node_modules under the test; continuous integration begins with it" } },
  { command: /^npm run bench -- /, never: { because: "it takes minutes, both cores and a quiet machine" } },
];

export const wayOf = (command: string): Way | undefined => WAYS.find((way) => way.command.test(command));
