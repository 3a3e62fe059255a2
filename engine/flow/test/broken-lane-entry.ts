throw new TypeError("a lane that cannot begin");
