import react from "@vitejs/plugin-react";
import type { UserConfig } from "vite";

/** The manager serves `dist` as static files under `script-src 'self'; style-src 'self'`: nothing may stand inside the pages themselves. */
const config: UserConfig = {
  plugins: [react()],
  build: {
    target: "es2024",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": "https://127.0.0.1:8443", "/ws": { target: "wss://127.0.0.1:8443", ws: true } } },
};

export default config;
