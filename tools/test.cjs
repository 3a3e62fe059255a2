"use strict";
// npm test: sets up packages and test peers, then runs every gate and every test.
const { join } = require("node:path");
const { ROOT, install, runTs } = require("./platform.cjs");

const main = async () => {
  process.chdir(ROOT);
  install();
  const peers = await runTs(join(ROOT, "tools", "peers.ts"), []);
  return peers === 0 ? runTs(join(ROOT, "tools", "test.ts"), process.argv.slice(2)) : peers;
};

main().then((code) => {
  process.exitCode = code;
});
