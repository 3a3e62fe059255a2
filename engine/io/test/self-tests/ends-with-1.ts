throw new TypeError("the layout is wrong");
