export type { OmicsDeps } from './deps.ts';
