// A process warning (a leaked listener, a rejected promise handled late) fails the run it happens in.
// Deprecations and experiments are Node's news about libraries, not about our code.
import { oncePerProcess } from './once-per-process.ts';

oncePerProcess('warnings', () => {
  process.on('warning', (warning) => {
    if (warning.name !== 'DeprecationWarning' && warning.name !== 'ExperimentalWarning') throw warning;
  });
});
