// The program of a child that wants a processor all the time, until its pipe or its patience ends.
for (const end = Date.now() + 20_000; Date.now() < end;) {
  // It turns.
}
