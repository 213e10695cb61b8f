/** A topic pattern of the configuration, ready for use: the broker's filter and the reader of incoming topics. */
export interface TopicPattern {
  /** What to subscribe to: the line's own name for {line}, + for {gauge}. */
  readonly filter: string;
  /** Names found in a topic; undefined where the topic doesn't fit the pattern. */
  read(topic: string): TopicNames | undefined;
}

export interface TopicNames {
  readonly line?: string;
  readonly gauge?: string;
}

/** `topicLine` is what {line} reads at the broker. */
export function topicPattern(pattern: string, topicLine: string): TopicPattern {
  const levels = pattern.split('/');
  const filter = levels
    .map((level) => (level === '{line}' ? topicLine : level === '{gauge}' ? '+' : level))
    .join('/');

  return {
    filter,
    read(topic) {
      const found = topic.split('/');
      const names: { line?: string; gauge?: string } = {};
      for (const [at, level] of levels.entries()) {
        if (level === '#') return names;
        const name = found[at];
        if (name === undefined) return undefined;
        if (level === '{line}') names.line = name;
        else if (level === '{gauge}') names.gauge = name;
        else if (level !== '+' && level !== name) return undefined;
      }
      return found.length === levels.length ? names : undefined;
    },
  };
}
