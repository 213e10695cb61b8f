import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { FatalError, messageOf } from '../core/errors.ts';

/** TensorFlow.js with the gradients registered, which only the union package does. */
export type TensorFlow = typeof import('@tensorflow/tfjs');

export interface TensorBackend {
  readonly tf: TensorFlow;
  readonly name: 'native' | 'wasm';
  /** For the log: what runs, and why it is not the native library where it isn't. */
  readonly detail: string;
}

/**
 * Loads TensorFlow.js on the best backend that this machine has: the native library of `@tensorflow/tfjs-node`
 * where its optional installation succeeded, WebAssembly otherwise. Nothing is loaded before the first call, as
 * it costs most of a second.
 *
 * @throws FatalError where neither starts.
 */
export async function loadTensorBackend(): Promise<TensorBackend> {
  try {
    // A variable name, because the package may be absent where this is compiled.
    const native: string = '@tensorflow/tfjs-node';
    const tf: TensorFlow = await import(native);
    await tf.setBackend('tensorflow');
    return { tf, name: 'native', detail: `@tensorflow/tfjs-node ${tf.version_core}` };
  } catch (absent) {
    quietRegistration();
    const tf = await import('@tensorflow/tfjs');
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
    // In Node the library reads its binaries with fs: a file path, not a URL, and with the separator at its end.
    setWasmPaths(join(dirname(manifest), 'dist') + sep);
    if (!(await tf.setBackend('wasm'))) {
      throw new FatalError('the WebAssembly backend of TensorFlow.js did not start', { where: manifest });
    }
    const reason = messageOf(absent).split('\n', 1)[0] ?? '';
    return { tf, name: 'wasm', detail: `WebAssembly, TensorFlow.js ${tf.version_core}; native: ${reason}` };
  }
}

/**
 * The union package and the WebAssembly one each register the plain JavaScript kernels, and the library warns of
 * every one of the hundreds. Production mode of their common core, set before either loads, is its own way to ask
 * for silence.
 */
function quietRegistration(): void {
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve('@tensorflow/tfjs'));
  (theirs('@tensorflow/tfjs-core') as Pick<TensorFlow, 'enableProdMode'>).enableProdMode();
}
