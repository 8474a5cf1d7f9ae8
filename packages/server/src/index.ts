export { buildApp } from './app.ts';
export { type Configuration, readConfiguration } from './config.ts';
export { interfacePolicy } from './interface-policy.ts';
export { openServices, type Services } from './services.ts';
