"use strict";
// npm start: sets up what is missing, and runs manager, console and an edge with test pictures in the foreground.
const { join } = require("node:path");
const { ROOT, findNode, foreground, install } = require("./platform.cjs");

install();
foreground(findNode(), [join(ROOT, "tools", "demonstration.ts"), ...process.argv.slice(2)]).then((code) => {
  process.exitCode = code;
});
