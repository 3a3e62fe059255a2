if (process.argv[2] === "koffi") {
  throw new TypeError("Failed to load koffi");
}
process.stdout.write(JSON.stringify({ trainsOut: true, trainsIn: true }));
