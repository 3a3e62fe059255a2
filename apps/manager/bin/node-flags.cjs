"use strict";
// What Node is started with. The young generation holds what a thousand nodes say in a second, so that little of it lives to be moved: the manager
// takes a tenth to a sixth less of a core than with V8's own 16 MB (two pairs of runs: 37.1 and 33.6 %, 34.7 and 29.4 %); 64 MB cost memory and gain
// no more.
module.exports = { NODE_FLAGS: ["--max-semi-space-size=32"] };
