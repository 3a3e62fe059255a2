#!/usr/bin/env node
"use strict";
const path = require("node:path");
const { launch } = require("../../../service/launch/launch.cjs");
const { NODE_FLAGS } = require("./node-flags.cjs");

launch("bilbycast-manager", path.join(__dirname, "..", "src", "main.ts"), NODE_FLAGS);
