/**
 * Content-Security-Policy of the interface's pages: they load nothing from elsewhere and run no script but their own
 * files. Their editor and menus set styles.
 */
export const interfacePolicy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');
