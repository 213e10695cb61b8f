import { parentPort } from 'node:worker_threads';
import { serve } from './serve.ts';

/** The file that a worker thread runs. */
if (parentPort) serve(parentPort);
