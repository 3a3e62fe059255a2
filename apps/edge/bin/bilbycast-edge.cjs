#!/usr/bin/env node
"use strict";
const path = require("node:path");
const { launch } = require("../../../service/launch/launch.cjs");

launch("bilbycast-edge", path.join(__dirname, "..", "src", "main.ts"));
