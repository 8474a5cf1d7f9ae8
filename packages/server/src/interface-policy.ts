/** Content-Security-Policy of the interface's pages. The interface loads nothing from elsewhere and runs no script but its files; its editor and menus set styles. */
export const interfacePolicy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');
