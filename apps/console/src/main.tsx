import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { z } from "zod";
import { queries } from "./api/browser.tsx";
import { applyPrefs } from "./prefs/prefs.tsx";
import { router } from "./router.tsx";
import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/table.css";

// The manager forbids code made of text, which zod would try to be faster with.
z.config({ jitless: true });
applyPrefs();

const root = document.querySelector("#root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
