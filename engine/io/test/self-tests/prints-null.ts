process.stdout.write("null");
