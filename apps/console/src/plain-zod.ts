import { z } from "zod";

// The manager's policy forbids code made of text, which zod would try to be faster with. It tries when a schema is read for the first time, which
// modules do while they are loaded: this one is loaded before them.
z.config({ jitless: true });
