// Registered beside tsx: the bench measures what `npm start` runs, so imports of `src/` lead to the compiled program.
import { register } from 'node:module';

register('./product-hooks.mjs', import.meta.url);
