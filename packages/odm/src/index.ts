export type { OdmDeps } from './deps.ts';
export { credentialOf, principalOf } from './principal.ts';
export { registerOdm } from './register.ts';
export { rewriteLegacyUrl } from './rewrite.ts';
export { odmJobHandlers } from './routes/tasks.ts';
