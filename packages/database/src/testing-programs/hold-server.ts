import { startEmbedded } from '../embedded.ts';

// Starts the server of the folder in the first argument, tells its parent the URL, and does nothing until it is killed.
const server = await startEmbedded({ directory: process.argv[2] ?? '', unsafe: true }).catch((error: Error) => error);
if (server instanceof Error) {
  process.send?.({ error: server.message });
  process.disconnect?.();
} else {
  process.send?.({ url: server.url });
  process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
  setInterval(() => {}, 60_000);
}
