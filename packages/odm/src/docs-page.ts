import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';

const files: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
};

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Linnaea: ODM API</title>
<link rel="stylesheet" href="/api-docs/swagger-ui.css">
<link rel="icon" href="/api-docs/favicon-32x32.png">
</head>
<body>
<div id="documentation"></div>
<script src="/api-docs/swagger-ui-bundle.js"></script>
<script src="/api-docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#documentation',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  persistAuthorization: true,
  // the public validator would be asked about this server
  validatorUrl: null,
});
`;

/** Pages to read and try the API by; everything they load comes from this server. */
export function registerDocsPage(app: FastifyInstance, document: () => unknown): void {
  app.get('/api/v1/openapi.json', async () => document());
  app.get('/api-docs', async (_request, reply) => ownPage(reply, 'text/html', page));
  app.get('/api-docs/start.js', async (_request, reply) => ownPage(reply, 'text/javascript', start));
  for (const [name, type] of Object.entries(files)) {
    const path = fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`));
    app.get(`/api-docs/${name}`, async (_request, reply) => {
      reply.header('Cache-Control', 'public, max-age=86400');
      return reply.type(`${type}; charset=utf-8`).send(createReadStream(path));
    });
  }
}

function ownPage(reply: FastifyReply, type: string, text: string): FastifyReply {
  // the viewer sets styles and draws icons from data: URLs; nothing may come from elsewhere
  reply.header(
    'Content-Security-Policy',
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  );
  return reply.type(`${type}; charset=utf-8`).send(text);
}
