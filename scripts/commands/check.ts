// `npm run check`: type check and lint, without running anything.
import { checkTypesAndStyle } from '../steps.ts';

process.exit(checkTypesAndStyle());
