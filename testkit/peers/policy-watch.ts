/** Script for a page of Chromium: what the page's own policy forbids is an error on its console, also where the page catches it and tells nobody. */
export const POLICY_WATCH =
  'document.addEventListener("securitypolicyviolation", (event) => console.error(`forbidden: ${event.violatedDirective} ${event.blockedURI}`))';
