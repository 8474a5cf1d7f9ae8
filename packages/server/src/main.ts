#!/usr/bin/env node
import { pino } from 'pino';
import { buildApp } from './app.ts';
import { runCommand } from './commands.ts';
import { ConfigurationError, readConfiguration, redact } from './config.ts';
import { openServices } from './services.ts';

/**
 * The command line: `serve` (default) and the commands of `commands.ts`. The one place that reads the environment,
 * handles signals and ends the process.
 */
async function main(): Promise<void> {
  const [command = 'serve', ...rest] = process.argv.slice(2);
  const configuration = readConfiguration(process.env);
  if (rest.includes('--print-config')) {
    console.log(JSON.stringify(redact(configuration), null, 2));
    return;
  }
  const logger = makeLogger(configuration.logLevel);
  if (command !== 'serve' && command !== 'worker') {
    process.exitCode = await runCommand(command, rest, configuration, logger);
    return;
  }
  const services = await openServices(configuration, logger);
  const app = command === 'serve' ? await buildApp(services, logger) : undefined;
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await app?.close();
    await services.close();
    process.exit(0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  if (!app) return;
  const address = await app.listen({ host: configuration.host, port: configuration.port });
  console.log(`Linnaea is at ${address}`);
  if (services.firstStart.created) {
    const { email, signInLinkToken, token } = services.firstStart;
    console.log(`First start. Administrator: ${email}`);
    if (signInLinkToken) console.log(`One-time sign-in link (24 hours): ${address}/sign-in/${signInLinkToken}`);
    if (token) console.log(`API token (shown once): ${token}`);
  }
}

/** Logs go to standard error as JSON lines. Of an error only what helps: drivers hang whole connections on theirs. */
function makeLogger(level: string) {
  const err = (error: Error & { code?: string }) => ({
    type: error.name,
    code: error.code,
    message: error.message,
    stack: error.stack,
  });
  return pino(
    { level, serializers: { err }, redact: ['req.headers.authorization', 'req.headers.cookie'] },
    pino.destination(2),
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exit(1);
});
