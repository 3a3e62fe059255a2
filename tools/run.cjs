"use strict";
// node tools/run.cjs FILE.ts [arguments]: runs the file under the Node 26 that npm installed.
const { findNode, runTs } = require("./platform.cjs");

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node tools/run.cjs FILE.ts [arguments]");
  process.exit(2);
}
if (findNode() === undefined) {
  console.error("Node 26 is not installed here yet: run npm ci, npm start or npm test first.");
  process.exit(1);
}
runTs(file, args).then((code) => {
  process.exitCode = code;
});
