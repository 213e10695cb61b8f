import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What no program reads at run time: source maps, type declarations, build records, bundle reports. */
const idle = /(\.map|\.d\.[cm]?ts|\.tsbuildinfo|\.min\.js\.html)$/;

/** Bundles of TensorFlow.js for browsers; Node.js loads the one named `.node.js`. */
const browserBundle = /^tf[a-z-]*(\.es2017|\.fesm)?(\.min)?\.js$/;

/** Its native engine, which is downloaded where there is a network; without it the WebAssembly engine serves. */
const downloaded = '@tensorflow/tfjs-node';

/** Removes from installed packages what only weighs: four fifths of them. */
export function prune(modules) {
  rmSync(join(modules, downloaded), { recursive: true, force: true });
  for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
    const { name, parentPath } = entry;
    if (!entry.isFile()) continue;
    const forBrowsers = parentPath.includes('@tensorflow') && browserBundle.test(name);
    if (idle.test(name) || forBrowsers) rmSync(join(parentPath, name));
  }
}
