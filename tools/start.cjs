"use strict";
// npm start: sets up what is missing and runs the demo edge in the foreground.
const { join } = require("node:path");
const { ROOT, findNode, foreground, install } = require("./platform.cjs");

install();
const edge = join(ROOT, "apps", "edge", "bin", "bilbycast-edge.cjs");
foreground(findNode(), [edge, "--demo", ...process.argv.slice(2)]).then((code) => {
  process.exitCode = code;
});
