import type { Logger } from '../core/logger.ts';

export interface LevelledLogger extends Logger {
  setLevel(level: string): void;
}

/** A logger whose level may change while it is in use, for all children that were ever made of it. */
export function levelledLogger(at: (level: string) => Logger, level: string): LevelledLogger {
  let root = at(level);
  const following = (own: () => Logger): Logger => ({
    debug: (fields, message) => own().debug(fields, message),
    info: (fields, message) => own().info(fields, message),
    warn: (fields, message) => own().warn(fields, message),
    error: (fields, message) => own().error(fields, message),
    child(bindings) {
      let parent = own();
      let child = parent.child(bindings);
      return following(() => {
        const now = own();
        if (now !== parent) {
          parent = now;
          child = parent.child(bindings);
        }
        return child;
      });
    },
  });
  return {
    ...following(() => root),
    setLevel(next) {
      root = at(next);
    },
  };
}
