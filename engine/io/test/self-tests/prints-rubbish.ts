process.stdout.write("everything is fine");
