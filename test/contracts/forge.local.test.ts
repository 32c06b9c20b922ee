import { createLocalForgeWorld } from '../support/forge/local.ts';
import { forgeContract } from './forge.contract.ts';

forgeContract('local', () => createLocalForgeWorld());
