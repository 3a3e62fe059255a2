process.stdout.write(JSON.stringify({ batches: true, trainsOut: false, trainsIn: true, microsecondTimers: true }));
