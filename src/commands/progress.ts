import type { TextOutput } from './command.ts';

export interface Progress {
  /** @param share 0 to 1 */
  update(share: number, note: string): void;
  end(): void;
}

/** A bar that redraws itself on a terminal; elsewhere a plain line at each tenth. */
export function progress(out: TextOutput, title: string): Progress {
  let tenths = -1;
  out.write(`${title}\n`);
  return {
    update(share, note) {
      if (out.isTTY) {
        const filled = Math.round(30 * share);
        const bar = `${'█'.repeat(filled)}${'░'.repeat(30 - filled)}`;
        const text = `${bar} ${Math.floor(100 * share)} %  ${note}`;
        out.write(`\r\x1b[2K${text.slice(0, (out.columns ?? 120) - 1)}`);
        return;
      }
      const now = Math.floor(10 * share);
      if (now === tenths) return;
      tenths = now;
      out.write(`${10 * now} %  ${note}\n`);
    },
    end() {
      if (out.isTTY) out.write('\r\x1b[2K');
    },
  };
}
